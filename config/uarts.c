// SPDX-License-Identifier: GPL-2.0-only
/*
 * By the words of `compatible`, which promise that registers are alike. A 16550 is known only with its registers 4
 * bytes apart and 4 bytes wide, since that is the one way in which it is driven here.
 */
#include "uarts.h"

static const struct known {
	const char *compatible;
	enum pt_uart_kind kind;
	bool says_spacing;	/* by `reg-shift` and `reg-io-width` */
} known[] = {
	{ "arm,pl011", PT_UART_PL011, false },
	{ "arm,sbsa-uart", PT_UART_PL011, false },
	{ "cdns,uart-r1p8", PT_UART_CADENCE, false },
	{ "cdns,uart-r1p12", PT_UART_CADENCE, false },
	{ "xlnx,xuartps", PT_UART_CADENCE, false },
	{ "fsl,imx6q-uart", PT_UART_IMX, false },
	{ "fsl,imx21-uart", PT_UART_IMX, false },
	{ "brcm,bcm2835-aux-uart", PT_UART_8250, false },
	{ "snps,dw-apb-uart", PT_UART_8250, true },
	{ "ns16550a", PT_UART_8250, true },
	{ "ns16550", PT_UART_8250, true },
};

static bool spacing_fits(const struct tree *t, uint32_t node)
{
	uint32_t shift = 0, width = 1;

	tree_u32(t, node, "reg-shift", &shift);
	tree_u32(t, node, "reg-io-width", &width);
	return shift == 2 && width == 4;
}

enum pt_uart_kind uart_kind(const struct tree *t, uint32_t node)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (tree_compatible(t, node, known[i].compatible) &&
		    (!known[i].says_spacing || spacing_fits(t, node)))
			return known[i].kind;
	return PT_UART_NONE;
}

const char *uart_kind_words(uint32_t kind)
{
	static const char *const words[PT_UART_KINDS] = { "none", "PL011", "Cadence", "i.MX", "16550" };

	return kind < PT_UART_KINDS ? words[kind] : "unknown";
}
