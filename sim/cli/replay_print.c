/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/replay_print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/live/decision_log.h"

enum { NUMBER_ROOM = 32 };

/* With a comma after each three digits. */
static const char *number(uint64_t value, char text[NUMBER_ROOM])
{
    char digits[NUMBER_ROOM];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value), i;
    char *to = text;

    for (i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

/* `before`: lines of the file before this log. */
static void print_replayed(FILE *out, const struct replayed *r, uint64_t before)
{
    char a[NUMBER_ROOM], b[NUMBER_ROOM];

    fprintf(out, "%s: %s of %s picks identical", r->policy->label, number(r->same, a),
            number(r->picks, b));
    if (r->wishes)
        fprintf(out, ", and %s of %s requests to its host", number(r->granted, a),
                number(r->wishes, b));
    fputc('\n', out);
    if (r->first_different)
        fprintf(out, "  first difference: %s; line %" PRIu64 " of the file\n%s", r->why,
                before + r->first_different, r->inputs);
}

static bool is_more(FILE *file)
{
    int c = getc(file);

    return c != EOF && ungetc(c, file) != EOF;
}

int replay_print(FILE *out, FILE *err, const char *path, const struct policy_spec *policies,
                 uint32_t n)
{
    FILE *file = fopen(path, "r");
    struct replayed r;
    uint64_t before = 0;
    int status = EXIT_DONE;

    if (!file) {
        fprintf(err, "lbsim: cannot read %s: %s\n", path, strerror(errno));
        return EXIT_MACHINE;
    }
    do {
        if (decision_replay_any(policies, n, file, &r)) {
            status = ferror(file) ? EXIT_MACHINE : EXIT_USAGE;
            fprintf(err, "lbsim: %s: %s\n", path, r.why);
            break;
        }
        print_replayed(out, &r, before);
        before += r.records;
        if (r.first_different)
            status = EXIT_CLAIM;
    } while (is_more(file));
    fclose(file);
    return status;
}
