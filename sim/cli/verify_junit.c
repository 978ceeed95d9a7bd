/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Verdicts as JUnit's XML. */
#include <math.h>
#include <stdlib.h>

#include "sim/cli/verify.h"

/* Characters that XML 1.0 does not allow at all become '?'. */
static void xml(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc((unsigned char)*text < ' ' ? '?' : *text, out);
        }
}

static void junit_outcome(FILE *out, const struct verified *v, uint32_t i)
{
    const struct claim *claim = &v->study->claims[i];
    const struct judgement *j = &v->judgement[i];
    const bool skipped = claim->info || claim->left_out;
    char measured[MEASURED_ROOM], *where;

    if (!claim->left_out && j->verdict == VERDICT_PASS)
        return;
    fprintf(out, "<%s message=\"", skipped ? "skipped" : "failure");
    if (claim->left_out)
        xml(out, claim->left_out);
    else {
        fprintf(out, "%s: ", j->verdict == VERDICT_FAIL ? "does not hold" : "undecided");
        xml(out, j->why);
        fputs(": ", out);
        where = judge_where(v->study, j);
        xml(out, where ? where : "");
        free(where);
        fputc(' ', out);
        xml(out, verify_measured(j, measured));
    }
    fputs("\"/>", out);
}

void verify_junit(FILE *out, const struct verified *v)
{
    const struct tally_of_claims c = verified_count(v);
    char words[CLAIM_WORDS];
    uint32_t i;

    fputs("  <testsuite name=\"", out);
    xml(out, v->study->path);
    fprintf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\">\n", v->study->claims_n,
            c.all - c.held);
    for (i = 0; i < v->study->claims_n; i++) {
        fputs("    <testcase classname=\"", out);
        xml(out, v->study->name);
        fputs("\" name=\"", out);
        xml(out, claim_words(&v->study->claims[i], words));
        fputs("\">", out);
        junit_outcome(out, v, i);
        fputs("</testcase>\n", out);
    }
    fputs("  </testsuite>\n", out);
}

static void junit_case(FILE *out, const char *class, const char *name, const char *why)
{
    fputs("    <testcase classname=\"", out);
    xml(out, class);
    fputs("\" name=\"", out);
    xml(out, name);
    fputs("\"><error message=\"", out);
    xml(out, why);
    fputs("\"/></testcase>\n", out);
}

void verify_junit_error(FILE *out, const char *path, const struct study *study, const char *why)
{
    const uint32_t n = study ? study->claims_n : 0;
    char words[CLAIM_WORDS];
    uint32_t i;

    fputs("  <testsuite name=\"", out);
    xml(out, path);
    fprintf(out, "\" tests=\"%u\" failures=\"0\" errors=\"%u\">\n", n ? n : 1, n ? n : 1);
    for (i = 0; i < n; i++)
        junit_case(out, study->name, claim_words(&study->claims[i], words), why);
    if (!n)
        junit_case(out, path, "can be judged", why);
    fputs("  </testsuite>\n", out);
}
