// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a target once on every file of its corpus, as a unit test program: one test a file. Files may be named instead. Those
 * called good* must still be accepted.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "fuzz.h"

static void replay(const char *path, unsigned int number)
{
	static uint8_t bytes[1 << 16];
	FILE *file = fopen(path, "rb");
	const size_t size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	uint8_t *exact = malloc(size);	/* so that the sanitizer sees a byte too many */

	if (!file)
		fake_bug("no file %s", path);
	fclose(file);
	memcpy(exact, bytes, size);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	if (!strncmp(strrchr(path, '/') ? strrchr(path, '/') + 1 : path, "good", 4) && !fuzz_accepted)
		fake_bug("%s is no longer accepted: this seed does not reach what it is for", path);
	printf("ok %u - %s\n", number, path);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int count = 0;
	struct dirent **entries;
	int found;

	for (int i = 1; i < argc; i++)
		replay(argv[i], ++count);
	if (argc > 1)
		return 0;
	found = scandir(CORPUS, &entries, NULL, alphasort);
	for (int i = 0; i < found; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", CORPUS, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			replay(path, ++count);
		free(entries[i]);
	}
	if (found < 0 || !count)
		fake_bug("no corpus in %s", CORPUS);
	free(entries);
	return 0;
}
