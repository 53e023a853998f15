/* The two code pages that text is mistaken for. */
#ifndef CLAIMS_CODE_PAGE_H
#define CLAIMS_CODE_PAGE_H

#include <stdint.h>

enum code_page { PAGE_MACROMAN, PAGE_WINDOWS_1252, CODE_PAGES };

const char *code_page_name(enum code_page page);

/* The character of a byte, 0x80 and up. */
uint32_t code_page_char(enum code_page page, unsigned char byte);
/* The byte of a character, or -1. Windows-1252 gives Latin-1's controls their
 * own bytes, so that text mistaken for Latin-1 is undone by it, too. */
int code_page_byte(enum code_page page, uint32_t c);

#endif
