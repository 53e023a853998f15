#include "model/ordered_sort.h"

#include <stdbool.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
	FEW = 24,       /* words that are partitioned step by step */
	FEW_RANKS = 24, /* so few that some words will be equal */
	COUNTED = 32,
};

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

/* Every step of the three-way partition of tree_sort(), words of the pivot's
 * rank being least .. most: the word at i is swapped with the one at left, at
 * right - 1, or with itself. */
static void partition_few(uint32_t *v, size_t n, uint32_t least, uint32_t most,
			  size_t *ret_left, size_t *ret_right)
{
	size_t i = 0, left = 0, right = n;
	uint32_t word = v[0];

	/* Both words that may come next are loaded before it is known which
	 * will. */
	while (i < right) {
		size_t is_less = word < least, is_more = word > most;
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

/*
 * What the partition does with words that are more than `most`, without its
 * steps, each of which waits for the one before. Let m words be no more. Those
 * among the first m that are more go to the end, the first to the last place;
 * from there downwards every word that is more moves down by one place, and
 * where one is no more, it changes places with the next of the first m that
 * is. When these are used up, the word at m takes part as one of them.
 */
static void exchange(uint32_t *v, size_t n, size_t m, uint32_t most,
		     struct ordered_scratch *s)
{
	size_t n_more = 0, n_moved = 0;
	uint32_t word = v[n - 1];

	for (size_t i = 0; i < m; i++) {
		s->place[n_more] = (uint16_t)i;
		s->more[n_more] = v[i];
		n_more += v[i] > most;
	}
	s->more[n_more] = v[m];
	v[n - 1] = s->more[0];
	for (size_t i = n - 1; i > m; i--) {
		uint32_t moves = word <= most, next = v[i - 1];

		s->others[n_moved] = word;
		n_moved += moves;
		/* Arithmetic, since a choice becomes a branch here. */
		v[i - 1] = word ^
			   ((word ^ s->more[n_moved]) & (0u - moves));
		word = next;
	}
	s->others[n_moved] = word; /* what was at m, if it is no more */
	for (size_t i = 0; i < n_more; i++)
		v[s->place[i]] = s->others[i];
}

/* And with those that are less than `least`, the others all being equal: each
 * is swapped with the first of the equal ones before it. */
static void gather_less(uint32_t *v, size_t n, uint32_t least)
{
	size_t left = 0;

	while (v[left] < least)
		left++;
	for (size_t i = left + 1; i < n; i++) {
		uint32_t word = v[i], equal = v[left];
		uint32_t is_less = word < least;
		uint32_t change = (word ^ equal) & (0u - is_less);

		v[i] = word ^ change;
		v[left] = equal ^ change;
		left += is_less;
	}
}

static void partition(uint32_t *v, size_t n, uint32_t pivot,
		      struct ordered_scratch *s, size_t *ret_left,
		      size_t *ret_right)
{
	uint32_t least = pivot << 16, most = least | 0xffff;
	size_t n_less = 0, m = 0;

	if (n < FEW) {
		partition_few(v, n, least, most, ret_left, ret_right);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		n_less += v[i] < least;
		m += v[i] <= most;
	}
	if (m < n)
		exchange(v, n, m, most, s);
	if (n_less)
		gather_less(v, m, least);
	*ret_left = n_less;
	*ret_right = m;
}

void ordered_partition(uint32_t *v, size_t n, size_t n_left, uint32_t rank,
		       struct ordered_scratch *s)
{
	uint32_t most = rank << 16 | 0xffff;
	size_t left, right;

	if (n < FEW)
		partition_few(v, n, 0, most, &left, &right);
	else
		exchange(v, n, n_left, most, s);
}

static bool all_equal(const uint32_t *v, size_t n)
{
	uint32_t rank = rank_of(v[0]);

	for (size_t i = 1; i < n; i++)
		if (rank_of(v[i]) != rank)
			return false;
	return true;
}

static void sort_to_depth(uint32_t *v, size_t n, unsigned int depth,
			  struct ordered_scratch *s)
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
		if (all_equal(v, n))
			return; /* nothing moves */
		partition(v, n, median3(v, n), s, &left, &right);
		if (left > 1)
			sort_to_depth(v, left, depth, s);
		v += right;
		n -= right;
	}
}

#ifdef __SSE2__
/* Up to COUNTED words, each to the place that the number of smaller ranks
 * gives; false, and nothing done, where some are equal. */
static bool sort_by_counts(uint32_t *v, size_t n)
{
	int16_t ranks[COUNTED], counts[COUNTED];
	uint32_t sorted[COUNTED];
	size_t sum = 0;

	for (size_t i = 0; i < COUNTED; i++)
		ranks[i] = i < n ? (int16_t)rank_of(v[i]) : INT16_MAX;
	for (size_t i = 0; i < n; i += 8) {
		__m128i of = _mm_loadu_si128((const __m128i *)(ranks + i));
		__m128i less = _mm_setzero_si128();

		for (size_t j = 0; j < n; j++)
			less = _mm_sub_epi16(
				less,
				_mm_cmpgt_epi16(of, _mm_set1_epi16(ranks[j])));
		_mm_storeu_si128((__m128i *)(counts + i), less);
	}
	for (size_t i = 0; i < n; i++) {
		sorted[counts[i]] = v[i];
		sum += (size_t)counts[i];
	}
	if (sum != n * (n - 1) / 2)
		return false;
	memcpy(v, sorted, n * sizeof(*v));
	return true;
}
#else
static bool sort_by_counts(uint32_t *v, size_t n)
{
	(void)v;
	(void)n;
	return false;
}
#endif

/* Any number of words, by a bit a rank; false, and nothing done, where some
 * ranks are equal. */
static bool sort_by_bits(uint32_t *v, size_t n, size_t n_ranks,
			 struct ordered_scratch *s)
{
	size_t n_words = (n_ranks + 63) / 64, sorted = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t rank = rank_of(v[i]);
		uint64_t bit = UINT64_C(1) << rank % 64;

		if (s->present[rank / 64] & bit) {
			memset(s->present, 0, n_words * sizeof(*s->present));
			return false;
		}
		s->present[rank / 64] |= bit;
		s->place[rank] = (uint16_t)v[i];
	}
	for (size_t w = 0; w < n_words; w++) {
		uint64_t bits = s->present[w];

		s->present[w] = 0;
		for (; bits; bits &= bits - 1) {
			size_t rank = w * 64 + (size_t)__builtin_ctzll(bits);

			v[sorted++] = (uint32_t)rank << 16 | s->place[rank];
		}
	}
	return true;
}

void ordered_sort(uint32_t *v, size_t n, size_t n_ranks,
		  struct ordered_scratch *s)
{
	unsigned int depth = 0;

	/* Where no two ranks are equal, any sort ends as the introsort. */
	if (n > 2 && n <= n_ranks && n_ranks > FEW_RANKS &&
	    (n <= COUNTED ? sort_by_counts(v, n)
			  : sort_by_bits(v, n, n_ranks, s)))
		return;
	for (size_t rest = n; rest >>= 1;)
		depth += 2;
	sort_to_depth(v, n, depth, s);
}
