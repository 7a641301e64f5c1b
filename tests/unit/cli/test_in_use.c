// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device that a driver of Linux holds is not given to a cell, and the message says how to free
 * it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/cli/in_use.h>

static char root[] = "/tmp/partita-in-use-XXXXXX";

/*
 * Linux' devices as directories and links: two UARTs and a timer, of which the timer has no driver.
 */
static int make_files(void **state)
{
	char command[2048];

	(void)state;
	assert_non_null(mkdtemp(root));
	setenv("PARTITA_ROOT", root, 1);
	snprintf(command, sizeof(command),
		 "set -e; cd %s; mkdir sys; cd sys\n"
		 "mkdir -p firmware/devicetree/base/{soc/uart@1,uart@2,timer@3}\n"
		 "mkdir -p bus/amba/devices/1.uart bus/platform/devices/{2.uart,3.timer,none}\n"
		 "mkdir -p bus/amba/drivers/stiff bus/platform/drivers/soft\n"
		 "touch bus/platform/drivers/soft/unbind\n"
		 "ln -s ../../../../firmware/devicetree/base/soc/uart@1 "
		 "bus/amba/devices/1.uart/of_node\n"
		 "ln -s ../../../../firmware/devicetree/base/uart@2 "
		 "bus/platform/devices/2.uart/of_node\n"
		 "ln -s ../../../../firmware/devicetree/base/timer@3 "
		 "bus/platform/devices/3.timer/of_node\n"
		 "ln -s ../../drivers/stiff bus/amba/devices/1.uart/driver\n"
		 "ln -s ../../drivers/soft bus/platform/devices/2.uart/driver\n",
		 root);
	setenv("SCRIPT", command, 1);
	return system("bash -c \"$SCRIPT\"");
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void read_messages(struct messages *m, const char *path)
{
	struct cell_device device = { 0 };
	const struct cell cell = { .name = "a", .devices = &device, .device_count = 1 };

	strcpy(device.path, path);
	messages_init(m, "rt.dts");
	refuse_devices_in_use(&cell, NULL, m);
}

static void test_a_bound_device_is_refused_with_the_way_to_free_it(void **state)
{
	struct messages m;

	(void)state;
	read_messages(&m, "/uart@2");
	assert_int_equal(m.errors, 1);
	assert_string_equal(
		m.lines[0],
		"rt.dts: cell 'a': device '/uart@2' is in use by driver 'soft'; unbind it "
		"first: echo 2.uart > /sys/bus/platform/drivers/soft/unbind");
	messages_free(&m);
}

static void test_a_driver_that_cannot_be_unbound_is_told(void **state)
{
	struct messages m;

	(void)state;
	read_messages(&m, "/soc/uart@1");
	assert_int_equal(m.errors, 1);
	assert_non_null(strstr(m.lines[0], "by driver 'stiff', which cannot be unbound; boot Linux "
					   "with status = \"disabled\""));
	messages_free(&m);
}

static void test_a_device_without_driver_is_free(void **state)
{
	struct messages m;

	(void)state;
	read_messages(&m, "/timer@3");
	assert_int_equal(m.count, 0);
	read_messages(&m, "/uart@1");
	assert_int_equal(m.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bound_device_is_refused_with_the_way_to_free_it),
		cmocka_unit_test(test_a_driver_that_cannot_be_unbound_is_told),
		cmocka_unit_test(test_a_device_without_driver_is_free),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
