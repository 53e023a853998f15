#include "model/tree.h"

static void swap(float *values, uint32_t *samples, size_t i, size_t j)
{
	float value = values[i];
	uint32_t sample = samples[i];

	values[i] = values[j];
	values[j] = value;
	samples[i] = samples[j];
	samples[j] = sample;
}

static float median3(const float *values, size_t n)
{
	float a = values[0], b = values[n / 2], c = values[n - 1];

	if (a < b) {
		if (b < c)
			return b;
		return a < c ? c : a;
	}
	if (b < c)
		return a < c ? a : c;
	return b;
}

static void sift_down(float *values, uint32_t *samples, size_t root, size_t end)
{
	for (;;) {
		size_t child = root * 2 + 1, largest = root;

		if (child < end && values[largest] < values[child])
			largest = child;
		if (child + 1 < end && values[largest] < values[child + 1])
			largest = child + 1;
		if (largest == root)
			return;
		swap(values, samples, root, largest);
		root = largest;
	}
}

static void heapsort_pairs(float *values, uint32_t *samples, size_t n)
{
	for (size_t start = (n - 2) / 2 + 1; start-- > 0;)
		sift_down(values, samples, start, n);
	for (size_t end = n - 1; end > 0; end--) {
		swap(values, samples, 0, end);
		sift_down(values, samples, 0, end);
	}
}

static void introsort(float *values, uint32_t *samples, size_t n,
		      unsigned int depth)
{
	while (n > 1) {
		size_t i = 0, left = 0, right = n;
		float pivot;

		if (!depth) {
			heapsort_pairs(values, samples, n);
			return;
		}
		depth--;
		pivot = median3(values, n);
		while (i < right) {
			if (values[i] < pivot)
				swap(values, samples, i++, left++);
			else if (values[i] > pivot)
				swap(values, samples, i, --right);
			else
				i++;
		}
		introsort(values, samples, left, depth);
		values += right;
		samples += right;
		n -= right;
	}
}

/* floor(log2(n)) for n >= 1. */
static unsigned int log2_floor(size_t n)
{
	unsigned int bits = 0;

	while (n >>= 1)
		bits++;
	return bits;
}

void tree_sort(float *values, uint32_t *samples, size_t n)
{
	if (n)
		introsort(values, samples, n, 2 * log2_floor(n));
}
