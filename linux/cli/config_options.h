/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that several `partita config` verbs know.
 */
#ifndef CLI_CONFIG_OPTIONS_H
#define CLI_CONFIG_OPTIONS_H

#include <stdbool.h>

struct config_options {
	const char *dtb; /* of --board, or NULL */
	bool boots; /* without Linux on the board */
	bool json;
	bool verbose;
};

/*
 * Read those of @known ("b" --board, "B" --boot, "j" --json, "v" --verbose); as many words as @files are to be
 * left, from optind on. False for wrong usage.
 */
bool config_options_read(struct config_options *o, int argc, char **argv, const char *known,
			 int files);

#endif
