/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A system: the cells that a user describes in a device tree of their own ("partita,system-v1"),
 * resolved on a board. Reading says everything that is wrong at once; a system without errors
 * compiles to one blob a cell as soon as its memory is known:
 *
 *	system_read(), then for each cell: allocate cell->memory_size, cell_compile()
 */
#ifndef CONFIG_SYSTEM_H
#define CONFIG_SYSTEM_H

#include <partita/boot.h>
#include "board.h"

/* A device of the board that belongs to a cell. */
struct cell_device {
	uint32_t node;			/* of the board's tree */
	char path[TREE_PATH_MAX];
};

/*
 * Memory that cells share, a node of its own in the system. Who allocates it fills in where it physically is.
 */
struct shared_memory {
	char name[PT_NAME_SIZE];
	uint64_t size;			/* bytes, whole pages */
	uint64_t address;		/* physical; 0: to be chosen */
	bool has_guest_address;
	uint64_t guest_address;		/* IPA in each cell; without one, IPA = physical address */
};

/* As a value of 'console', or with an @ and an address behind: a UART that the hypervisor makes. No path begins so. */
#define CONSOLE_PL011	"pl011"

#define CELL_PIECES_MAX		8

struct cell {
	char name[PT_NAME_SIZE];
	uint32_t flags;			/* PT_CELL_* */
	uint32_t cpus[PT_MAX_CPUS];	/* Linux's numbers; the first one starts */
	uint32_t cpu_count;
	uint64_t memory_size;		/* bytes to allocate, whole pages */
	uint64_t memory_address;	/* physical, as the user wants it; 0: to be chosen */
	struct pt_range pieces[CELL_PIECES_MAX];	/* who allocates the memory in several says so here; rising */
	uint32_t piece_count;		/* 0: it is in one */
	uint64_t guest_address;		/* IPA of the memory; without one, IPA = physical address */
	char *image;			/* as written in the file, or NULL */
	uint64_t image_address;		/* IPA of the image and of the first instruction, if has_image_address */
	/*
	 * Bytes at the end of the memory that the cell sees not behind the rest but at the image's address, from its page
	 * on. Known as soon as the image is (layout.h); 0: the image lies in the rest, or there is none.
	 */
	uint64_t image_part;
	uint64_t tree_address;		/* IPA of the device tree of a program that is no kernel, if has_tree_address */
	char *initrd;			/* the same */
	char *command_line;		/* or NULL */
	char console[TREE_PATH_MAX];	/* path of its device; CONSOLE_PL011…; empty: the ring */
	uint64_t uart_address;		/* IPA of a UART that the hypervisor makes; 0: to be chosen */
	bool has_guest_address;
	bool has_image_address;
	bool has_tree_address;
	bool takes_rest;		/* what no cell names; among its devices by now */
	struct cell_device *devices;
	uint32_t device_count;
	struct pt_range regions[PT_MAX_REGIONS];	/* registers of its devices */
	uint32_t region_count;
	uint32_t spis[PT_MAX_SPIS];
	uint32_t spi_count;
	const struct shared_memory *shared[PT_MAX_REGIONS];	/* of the system */
	uint32_t shared_count;
	uint32_t *unconfined;		/* nodes of devices whose DMA the user accepts */
	uint32_t unconfined_count;
	struct pt_right rights[PT_MAX_CELLS];	/* over other cells, by name */
	uint32_t right_count;
	uint32_t rights_over_all;	/* PT_MAY_*: what was said with "*"; among the rights by now */
	uint32_t boot;			/* PT_BOOT_*: when a packed image starts it */
	uint32_t exit_rate;		/* exits in a second of each CPU; 0: no limit */
	uint32_t exit_action;		/* enum pt_exit_action */
};

struct system {
	struct cell *cells;
	uint32_t count;
	struct shared_memory *memories;
	uint32_t memory_count;
	uint32_t rescue;		/* enum pt_rescue: of a packed image */
	bool locked;			/* once its cells run, nobody changes them */
};

/* The word of the system file for each enum pt_rescue. */
extern const char *const rescue_words[PT_RESCUES];
extern const char *const exit_action_words[PT_EXITS_ACTIONS];

/* Both print to @m. False: @s holds nothing. @fdt is aligned to 8; not needed afterwards. */
bool system_read(struct system *s, const struct board *b, const void *fdt, size_t size,
		 struct messages *m);
void system_free(struct system *s);

/* Where the image and what it gets with it lie (layout.h). */
struct layout;

/*
 * Fill @blob, with the cell's memory at the physical address @memory (or in pieces, which the cell sees as one, from the
 * first one's address on; @memory is that), and that of each shared one known. The
 * cell starts as @layout says; without one, at the start of its memory with the address of its information
 * page. What leaves here, EL2 accepts.
 */
bool cell_compile(const struct cell *cell, const struct board *b, uint64_t memory,
		  const struct layout *layout, struct blob *blob, struct messages *m);

/* Bytes of its memory that the cell sees in one piece, from where @guest_address or @memory_address say. */
uint64_t cell_memory_seen(const struct cell *cell);
/* In how many pieces its memory may be, 1 to CELL_PIECES_MAX. Asked once image_part is known. */
uint32_t cell_pieces_allowed(const struct cell *cell);
/* Is it known already at which IPA the memory begins? */
bool cell_memory_ipa(const struct cell *cell, uint64_t *ipa);

/* Has it a UART that the hypervisor makes? */
bool cell_has_uart(const struct cell *cell);
/*
 * The interrupt of that: one that no device uses. Of each CPU another one, so that two cells have two, also where they come
 * from two systems. 0: there is none left.
 */
uint32_t cell_uart_spi(const struct cell *cell, const struct board *b);
/* The interrupt by which a cell with rights hears of changes, chosen in the same way. */
uint32_t cell_event_spi(const struct cell *cell, const struct board *b);

/* Could it be a cell's name? An all-digit one would be taken for an id. */
bool cell_name_ok(const char *name);

#endif
