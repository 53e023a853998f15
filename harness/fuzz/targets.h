/*
 * What the fuzz targets share: libFuzzer calls LLVMFuzzerTestOneInput() with
 * each input. harness/fuzz/run builds them all, and runs them on their
 * corpora.
 */
#ifndef FUZZ_TARGETS_H
#define FUZZ_TARGETS_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
