/* SPDX-License-Identifier: GPL-2.0-only */
/* The PrimeCell UART PL011, revision r1p5 (DDI0183G): registers (table 3-1) and their fields. */
#ifndef GUEST_PL011_H
#define GUEST_PL011_H

#define UARTDR		0x000u
#define UARTRSR		0x004u		/* and UARTECR: there are no errors */
#define UARTFR		0x018u
#define UARTILPR	0x020u
#define UARTIBRD	0x024u
#define UARTFBRD	0x028u
#define UARTLCR_H	0x02cu
#define UARTCR		0x030u
#define UARTIFLS	0x034u
#define UARTIMSC	0x038u
#define UARTRIS		0x03cu
#define UARTMIS		0x040u
#define UARTICR		0x044u
#define UARTDMACR	0x048u
#define UARTPeriphID0	0xfe0u		/* ... and UARTPCellID3 at 0xffc */

/* UARTFR (3.3.3) */
#define FR_CTS		(1u << 0)
#define FR_DSR		(1u << 1)
#define FR_DCD		(1u << 2)
#define FR_RXFE		(1u << 4)
#define FR_RXFF		(1u << 6)
#define FR_TXFE		(1u << 7)

/* UARTLCR_H (3.3.7) */
#define LCR_H_FEN	(1u << 4)
#define LCR_H_WLEN_8	(3u << 5)

/* UARTCR (3.3.8) */
#define CR_UARTEN	(1u << 0)
#define CR_TXE		(1u << 8)
#define CR_RXE		(1u << 9)

/* UARTIFLS.RXIFLSEL (3.3.9) is FIELD(…, 5, 3). */
#define IFLS_HALF	0x12u

/* UARTIMSC, UARTRIS, UARTMIS, UARTICR (3.3.10 to 3.3.13) */
#define INT_RX		(1u << 4)
#define INT_TX		(1u << 5)
#define INT_RT		(1u << 6)

#endif
