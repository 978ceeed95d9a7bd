/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/chart.h"
#include "sim/chart/chart_svg.h"
#include "sim/chart/chart_text.h"
#include "sim/chart/embedded.h"

int suite_charts(void);

static int cleans(const char *text, size_t most, const char *wanted, int quoted)
{
    char *got = NULL;
    size_t n;
    FILE *out = open_memstream(&got, &n);
    int same;

    if (!out)
        return 0;
    if (quoted)
        chart_quote(out, text, most);
    else
        chart_clean(out, text, most);
    fclose(out);
    same = strcmp(got, wanted) == 0;
    free(got);
    return same;
}

static void test_clean(void)
{
    CU_ASSERT(cleans("p2c(d=2)", 20, "p2c(d=2)", 0));
    CU_ASSERT(cleans("", 20, "", 0));
    CU_ASSERT(cleans("a\nb\tc\x7f", 20, "a b c ", 0));
    CU_ASSERT(cleans("a\u202eb\u2066c\u200fd", 20, "abcd", 0));
    CU_ASSERT(cleans("a\u2028b\xc2\x85"
                     "c",
                     20, "a b c", 0));
    CU_ASSERT(cleans("\xff\xc3.\xed\xa0\x80|\xc0\x80|\xf8", 20, "\?\?.\?\?\?|\?\?|\?", 0));
    CU_ASSERT(cleans("12345", 5, "12345", 0));
    CU_ASSERT(cleans("123456", 5, "1234…", 0));
    CU_ASSERT(cleans("äöüßé€", 5, "äöüß…", 0));
    CU_ASSERT(cleans("cut\xc3", 5, "cut?", 0));
}

/* Between the quotes stand no quote, no backtick, nothing that ends a line. */
static void test_quote(void)
{
    CU_ASSERT(cleans("p2c", 20, "'p2c'", 1));
    CU_ASSERT(cleans("it's", 20, "'it'.\"\\047\".'s'", 1));
    CU_ASSERT(cleans("'`", 20, "''.\"\\047\".''.\"\\140\".''", 1));
    CU_ASSERT(cleans("\\\"$@", 20, "''.\"\\134\".''.\"\\042\".''.\"\\044\".''.\"\\100\".''", 1));
    CU_ASSERT(cleans("a'\n!x", 20, "'a'.\"\\047\".' !x'", 1));
}

static void test_svg(void)
{
    static const char given[] =
        "<svg><title>cdf</title><desc>Produced by</desc><g id=\"gnuplot_canvas\">"
        "<circle id='gpDot'/><use xlink:href='#gpPt5' id='gpPt6'/>"
        "<g><title>$data using 1:2</title></g></g></svg>";
    static const char wanted[] =
        "<svg><title>A &lt;b&gt; &amp; c</title><desc>help</desc><g id=\"cdf_gnuplot_canvas\">"
        "<circle id='cdf_gpDot'/><use xlink:href='#cdf_gpPt5' id='cdf_gpPt6'/><g></g></g></svg>";
    size_t n;
    char *got = chart_svg(given, "cdf", "A <b>\n& c", "help", &n);

    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    CU_ASSERT_EQUAL(n, strlen(wanted));
    free(got);
}

/* Names differ, scripts are there, and a name finds its chart. */
static void test_list(void)
{
    const struct chart *chart;
    uint32_t i;

    for (i = 0; (chart = chart_at(i)); i++) {
        CU_ASSERT_PTR_EQUAL(chart_named(chart->name), chart);
        CU_ASSERT_PTR_NOT_NULL(embedded(chart->script));
        CU_ASSERT(*chart->title && *chart->help && *chart->needs && *chart->summary);
    }
    CU_ASSERT(i > 10);
    CU_ASSERT_PTR_NULL(chart_named("nothing"));
    CU_ASSERT_PTR_NULL(embedded("nothing.gp"));
}

int suite_charts(void)
{
    CU_pSuite suite = CU_add_suite("charts", NULL, NULL);

    return !suite || !CU_add_test(suite, "texts made harmless", test_clean) ||
           !CU_add_test(suite, "texts for gnuplot", test_quote) ||
           !CU_add_test(suite, "an SVG for pages", test_svg) ||
           !CU_add_test(suite, "the list of charts", test_list);
}
