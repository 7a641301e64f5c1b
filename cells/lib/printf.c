/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Formatting, small: integers, characters and strings. It never writes past the buffer, and what it
 * does not know it copies as it stands. /
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cell/console.h>
#include <cell/string.h>

struct sink {
	char *buffer;
	size_t size;
	size_t length;	/* of the whole text, whether it fits or not */
};

struct spec {
	bool left, zero;
	size_t width;
	int longs;	/* -2 for hh .. 2 for ll; z counts as 1 */
};

static void put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->buffer[sink->length] = c;
	sink->length++;
}

static void pad(struct sink *sink, char c, size_t from, size_t to)
{
	while (from++ < to)
		put(sink, c);
}

static void put_text(struct sink *sink, const struct spec *spec, const char *text, size_t length)
{
	if (!spec->left)
		pad(sink, ' ', length, spec->width);
	for (size_t i = 0; i < length; i++)
		put(sink, text[i]);
	if (spec->left)
		pad(sink, ' ', length, spec->width);
}

static void put_number(struct sink *sink, const struct spec *spec, uint64_t value,
		       unsigned int base, const char *digits, bool negative)
{
	char text[24];
	size_t at = sizeof(text), length;

	do
		text[--at] = digits[value % base];
	while (value /= base);
	length = sizeof(text) - at + negative;

	if (!spec->left && !spec->zero)
		pad(sink, ' ', length, spec->width);
	if (negative)
		put(sink, '-');
	if (spec->zero && !spec->left)
		pad(sink, '0', length, spec->width);
	while (at < sizeof(text))
		put(sink, text[at++]);
	if (spec->left)
		pad(sink, ' ', length, spec->width);
}

static const char *parse(const char *format, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (;; format++) {
		if (*format == '-')
			spec->left = true;
		else if (*format == '0')
			spec->zero = true;
		else
			break;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + (size_t)(*format - '0');
	for (;; format++) {
		if (*format == 'l')
			spec->longs++;
		else if (*format == 'h')
			spec->longs--;
		else if (*format == 'z')
			spec->longs = 1;
		else
			return format;
	}
}

static uint64_t take_unsigned(const struct spec *spec, va_list *args)
{
	uint64_t value = spec->longs > 0 ? va_arg(*args, uint64_t) : va_arg(*args, uint32_t);

	return spec->longs == -1 ? (uint16_t)value : spec->longs == -2 ? (uint8_t)value : value;
}

static int64_t take_signed(const struct spec *spec, va_list *args)
{
	int64_t value = spec->longs > 0 ? va_arg(*args, int64_t) : va_arg(*args, int32_t);

	return spec->longs == -1 ? (int16_t)value : spec->longs == -2 ? (int8_t)value : value;
}

static void convert(struct sink *sink, const struct spec *spec, char kind, va_list *args)
{
	const char *text;
	int64_t number;
	char c;

	switch (kind) {
	case 'd':
	case 'i':
		number = take_signed(spec, args);
		put_number(sink, spec, number < 0 ? -(uint64_t)number : (uint64_t)number, 10,
			   "0123456789", number < 0);
		break;
	case 'u':
		put_number(sink, spec, take_unsigned(spec, args), 10, "0123456789", false);
		break;
	case 'x':
		put_number(sink, spec, take_unsigned(spec, args), 16, "0123456789abcdef", false);
		break;
	case 'X':
		put_number(sink, spec, take_unsigned(spec, args), 16, "0123456789ABCDEF", false);
		break;
	case 'p':
		put(sink, '0');
		put(sink, 'x');
		put_number(sink, spec, (uint64_t)va_arg(*args, void *), 16, "0123456789abcdef",
			   false);
		break;
	case 's':
		text = va_arg(*args, const char *);
		if (!text)
			text = "(null)";
		put_text(sink, spec, text, strlen(text));
		break;
	case 'c':
		c = (char)va_arg(*args, int);
		put_text(sink, spec, &c, 1);
		break;
	default:
		put(sink, '%');
		if (kind != '%')
			put(sink, kind);
	}
}

int cell_vsnprintf(char *buffer, size_t size, const char *format, va_list args)
{
	struct sink sink = { buffer, size, 0 };
	struct spec spec;
	va_list copy;

	va_copy(copy, args);
	for (; *format; format++) {
		if (*format != '%') {
			put(&sink, *format);
			continue;
		}
		format = parse(format + 1, &spec);
		if (!*format)
			break;
		convert(&sink, &spec, *format, &copy);
	}
	va_end(copy);
	if (size)
		buffer[sink.length < size ? sink.length : size - 1] = '\0';
	return (int)sink.length;
}

int cell_snprintf(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = cell_vsnprintf(buffer, size, format, args);
	va_end(args);
	return length;
}
