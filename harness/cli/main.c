#include <stdio.h>

int main(void)
{
	fputs("bis: no command is built in yet\n", stderr);
	return 2;
}
