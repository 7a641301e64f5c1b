// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table of options; each verb says which of them are its own.
 */
#include <getopt.h>
#include <string.h>
#include "config_options.h"

bool config_options_read(struct config_options *o, int argc, char **argv, const char *known,
			 int files)
{
	static const struct option options[] = {{"board", required_argument, NULL, 'b'},
						{"boot", no_argument, NULL, 'B'},
						{"json", no_argument, NULL, 'j'},
						{"verbose", no_argument, NULL, 'v'},
						{0}};
	int option;

	*o = (struct config_options){0};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?' || !strchr(known, option))
			return false;
		if (option == 'b')
			o->dtb = optarg;
		o->boots = o->boots || option == 'B';
		o->json = o->json || option == 'j';
		o->verbose = o->verbose || option == 'v';
	}
	return argc - optind == files;
}
