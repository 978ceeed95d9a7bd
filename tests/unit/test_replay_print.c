/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/stat.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/replay_print.h"
#include "tests/unit/decision_fixture.h"

static struct plugins *plugins;
static struct policy_source source;
static char path[64];

static int begin(void)
{
    plugins = plugins_open();
    source = plugins_source(plugins);
    snprintf(path, sizeof path, "/tmp/lbsim-decisions-%d", (int)getpid());
    return plugins == NULL;
}

static int end(void)
{
    remove(path);
    plugins_close(plugins);
    return 0;
}

static void write_file(const char *first, size_t n, const char *second, size_t m)
{
    FILE *file = fopen(path, "w");

    fwrite(first, 1, n, file);
    fwrite(second, 1, m, file);
    fclose(file);
}

/* What is printed, and the exit status. */
static int printed(const struct scenario *s, char *text, size_t room)
{
    FILE *out = fmemopen(text, room, "w");
    int status = replay_print(out, out, path, s->policies, s->policies_n);

    fclose(out);
    return status;
}

static unsigned lines_before(const char *text, size_t length)
{
    unsigned n = 0;

    while (length-- > 0)
        n += *text++ == '\n';
    return n;
}

static void test_printed(void)
{
    struct scenario *s = decision_scenario(&source, 0, "\"p2c\", \"redundancy_d\"", false);
    struct decision_log_kept first, second;
    char text[4096], line[80], *place, *changed;
    size_t length, at;

    CU_ASSERT_EQUAL_FATAL(decision_keep(s, &s->policies[0], &first), 0);
    CU_ASSERT_EQUAL_FATAL(decision_keep(s, &s->policies[1], &second), 0);
    write_file(first.text, first.length, second.text, second.length);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_DONE);
    CU_ASSERT_STRING_EQUAL(text, "p2c: 1,000 of 1,000 picks identical\n"
                                 "redundancy_d: 1,000 of 1,000 picks identical, and 1,000 of "
                                 "1,000 requests to its host\n");

    place = strstr(second.text, "answer 0 server=") + strlen("answer 0 server=");
    at = (size_t)(strchr(place, '\n') + 1 - second.text);
    *place = (char)('0' + (*place - '0' + 1) % 10);
    changed = decision_sealed(second.text, &length);
    write_file(first.text, first.length, changed, length);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_CLAIM);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "redundancy_d: 999 of 1,000 picks identical"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n  first difference: record "));
    snprintf(line, sizeof line, "; line %u of the file\n    request    id=",
             lines_before(first.text, first.length) + lines_before(second.text, at));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, line));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    server    "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "  of 10\n    usable            yes        yes "));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\n    inflight            0          0 "));
    free(changed);
    outcome_close(&second.with);
    outcome_close(&second.without);
    free(second.text);
    decision_kept_end(&first);
}

static void test_refused(void)
{
    struct scenario *s = decision_scenario(&source, 0, "\"p2c\"", false);
    char text[256];

    write_file("what is this?\n", 14, "", 0);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ": this is no log of decisions: it has no checksum\n"));
    write_file("", 0, "", 0);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_USAGE);
    remove(path);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_MACHINE);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "lbsim: cannot read /tmp/lbsim-decisions-"));
    mkdir(path, 0700);
    CU_ASSERT_EQUAL(printed(s, text, sizeof text), EXIT_MACHINE);
    rmdir(path);
    scenario_close(s);
}

int suite_replay_print(void);
int suite_replay_print(void)
{
    CU_pSuite suite = CU_add_suite("replay_print", begin, end);

    return !suite || !CU_add_test(suite, "what is printed", test_printed) ||
           !CU_add_test(suite, "what is refused", test_refused);
}
