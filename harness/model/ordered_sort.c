#include "model/ordered_sort.h"

static uint32_t rank_of(uint32_t word)
{
	return word >> 16;
}

static uint32_t median3(const uint32_t *v, size_t n)
{
	uint32_t a = rank_of(v[0]), b = rank_of(v[n / 2]);
	uint32_t c = rank_of(v[n - 1]);

	if (a < b) {
		if (b < c)
			return b;
		return a < c ? c : a;
	}
	if (b < c)
		return a < c ? a : c;
	return b;
}

static void swap(uint32_t *v, size_t i, size_t j)
{
	uint32_t word = v[i];

	v[i] = v[j];
	v[j] = word;
}

static void sift_down(uint32_t *v, size_t root, size_t end)
{
	for (;;) {
		size_t child = root * 2 + 1, largest = root;

		if (child < end && rank_of(v[largest]) < rank_of(v[child]))
			largest = child;
		if (child + 1 < end &&
		    rank_of(v[largest]) < rank_of(v[child + 1]))
			largest = child + 1;
		if (largest == root)
			return;
		swap(v, root, largest);
		root = largest;
	}
}

static void heapsort_words(uint32_t *v, size_t n)
{
	for (size_t start = (n - 2) / 2 + 1; start-- > 0;)
		sift_down(v, start, n);
	for (size_t end = n - 1; end > 0; end--) {
		swap(v, 0, end);
		sift_down(v, 0, end);
	}
}

/*
 * The three-way partition of tree_sort(), every step of it: the word at i is
 * swapped with the one at left, at right - 1, or with itself. Both words that
 * may come next are loaded before it is known which will.
 */
static void partition(uint32_t *v, size_t n, uint32_t pivot, size_t *ret_left,
		      size_t *ret_right)
{
	size_t i = 0, left = 0, right = n;
	uint32_t word = v[0];

	while (i < right) {
		size_t is_less = rank_of(word) < pivot;
		size_t is_more = rank_of(word) > pivot;
		uint32_t from_right = v[right - 1];
		uint32_t next = v[i + 1 < n ? i + 1 : i];
		size_t other = is_less ? left : i;
		uint32_t moved;

		right -= is_more;
		other = is_more ? right : other;
		moved = v[other];
		v[other] = word;
		v[i] = moved;
		word = is_more ? from_right : next;
		i += 1 - is_more;
		left += is_less;
	}
	*ret_left = left;
	*ret_right = right;
}

static void sort_to_depth(uint32_t *v, size_t n, unsigned int depth)
{
	while (n > 1) {
		size_t left, right;

		if (!depth) {
			heapsort_words(v, n);
			return;
		}
		depth--;
		if (n == 2) {
			if (rank_of(v[0]) > rank_of(v[1]))
				swap(v, 0, 1);
			return;
		}
		partition(v, n, median3(v, n), &left, &right);
		if (left > 1)
			sort_to_depth(v, left, depth);
		v += right;
		n -= right;
	}
}

void ordered_sort(uint32_t *v, size_t n)
{
	unsigned int depth = 0;

	for (size_t rest = n; rest >>= 1;)
		depth += 2;
	sort_to_depth(v, n, depth);
}
