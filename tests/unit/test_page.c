/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/cli/report_svg.h"

int suite_page(void);

static char *written(void (*put)(FILE *, const char *), const char *text)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);

    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    put(out, text);
    fclose(out);
    return bytes;
}

static void expect(void (*put)(FILE *, const char *), const char *text, const char *wanted)
{
    char *got = written(put, text);

    CU_ASSERT_STRING_EQUAL(got, wanted);
    if (strcmp(got, wanted))
        printf("\n    got %s\n wanted %s\n", got, wanted);
    free(got);
}

static void test_text(void)
{
    expect(page_text, NULL, "");
    expect(page_text, "p2c(d=2) \u00e9 \u20ac \U0001f600", "p2c(d=2) \u00e9 \u20ac \U0001f600");
    expect(page_text, "</script><b a=\"1\" c='2'>&amp;`x`",
           "&lt;/script&gt;&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&#96;x&#96;");
    expect(page_text, "a\u202eb\u2066c\u200fd\u061ce\u2028",
           "a\\u202eb\\u2066c\\u200fd\\u061ce\\u2028");
    expect(page_text, "a\nb\tc\x01\x7f", "a\nb\tc\ufffd\ufffd");
    expect(page_name, "<x>", "<bdi>&lt;x&gt;</bdi>");
}

/* Overlong forms, surrogates, what is cut off or too large: a replacement a byte. */
static void test_no_utf8(void)
{
    expect(page_text, "\xc0\xbc", "\ufffd\ufffd");
    expect(page_text, "\xe0\x80\xbcx", "\ufffd\ufffd\ufffdx");
    expect(page_text, "\xed\xa0\x80", "\ufffd\ufffd\ufffd");
    expect(page_text, "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd");
    expect(page_text, "\xe2\x82", "\ufffd\ufffd");
    expect(page_text, "\xff<", "\ufffd&lt;");
    expect(page_json_text, "\xc0\xbc", "\"\ufffd\ufffd\"");
}

static void test_json(void)
{
    expect(page_json_text, NULL, "\"\"");
    expect(page_json_text, "a\"b\\c\n", "\"a\\\"b\\\\c\\u000a\"");
    expect(page_json_text, "</script><!--'&", "\"\\u003c/script\\u003e\\u003c!--\\u0027\\u0026\"");
    expect(page_json_text, "\u2028\u202e", "\"\\\\u2028\\\\u202e\"");
}

static void put_numbers(FILE *out, const char *unused)
{
    (void)unused;
    page_json_number(out, 0.25);
    fputc(' ', out);
    page_json_number(out, NAN);
    fputc(' ', out);
    page_json_number(out, -INFINITY);
}

static void test_numbers(void)
{
    expect(put_numbers, "", "0.25 null null");
}

/* ---- Pictures. */

#define SVG(inside) "<?xml version=\"1.0\"?>\n<svg width=\"2\">" inside "</svg>"

static char *drawn(const char *light, const char *dark, struct svg_inks *inks, int *failed)
{
    const struct svg_picture picture = { light, dark, "a \"b\"", 7 };
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);

    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    *failed = svg_write(out, &picture, inks);
    fclose(out);
    return bytes;
}

static void expect_picture(const char *light, const char *dark, const char *inside)
{
    static const char head[] = "<svg role=\"img\" aria-label=\"a &quot;b&quot;\" width=\"2\">";
    struct svg_inks *inks = calloc(1, sizeof *inks);
    char wanted[400];
    int failed;
    char *got;

    CU_ASSERT_PTR_NOT_NULL_FATAL(inks);
    got = drawn(light, dark, inks, &failed);
    snprintf(wanted, sizeof wanted, "%s%s</svg>", head, inside);
    CU_ASSERT_EQUAL(failed, 0);
    CU_ASSERT_STRING_EQUAL(got, wanted);
    free(got);
    free(inks);
}

static void test_pictures(void)
{
    expect_picture(SVG("<g id='a'/><use xlink:href='#a'/><g clip-path=\"url(#a)\"/>"), NULL,
                   "<g id='c7-a'/><use xlink:href='#c7-a'/><g clip-path=\"url(#c7-a)\"/>");
    expect_picture(SVG("<title>x</title><text>id='a' &lt;</text>"), NULL,
                   "<text>id='a' &lt;</text>");
    expect_picture(SVG("<g fill = '#ffffff' stroke=\"rgb(  0, 1, 2)\" color='black'/>"),
                   SVG("<g fill = '#000000' stroke=\"rgb(250, 1, 2)\" color='white'/>"),
                   "<g fill = 'var(--q0)' stroke=\"var(--q1)\" color='var(--q2)'/>");
    expect_picture(SVG("<g fill='#fff000'/>"), SVG("<g fill='#fff000'/>"), "<g fill='#fff000'/>");
}

static void refuse(const char *light, const char *dark)
{
    struct svg_inks *inks = calloc(1, sizeof *inks);
    int failed;

    CU_ASSERT_PTR_NOT_NULL_FATAL(inks);
    free(drawn(light, dark, inks, &failed));
    CU_ASSERT_EQUAL(failed, -EBADMSG);
    free(inks);
}

/* What acts, what leads out, what is no picture, two that are not the same one. */
static void test_refusals(void)
{
    refuse("gnuplot said something", NULL);
    refuse(SVG("<script>alert(1)</script>"), NULL);
    refuse(SVG("<foreignObject/>"), NULL);
    refuse(SVG("<a href='#x'/>"), NULL);
    refuse(SVG("<style>*{}</style>"), NULL);
    refuse(SVG("<g onclick='x'/>"), NULL);
    refuse(SVG("<g ONLOAD='x'/>"), NULL);
    refuse(SVG("<g onclick = 'x'/>"), NULL);
    refuse(SVG("<g onclick/>"), NULL);
    refuse(SVG("<use xlink:href='http://x/'/>"), NULL);
    refuse(SVG("<image href='data:text/html,x'/>"), NULL);
    refuse(SVG("<g fill='url(http://x/)'/>"), NULL);
    refuse(SVG("<g fill='x"), NULL);
    refuse(SVG("<g/>"), SVG("<g/><g/>"));
    refuse(SVG("<text>1</text>"), SVG("<text>2</text>"));
}

int suite_page(void)
{
    CU_pSuite suite = CU_add_suite("page", NULL, NULL);

    return !suite || !CU_add_test(suite, "texts", test_text) ||
           !CU_add_test(suite, "what is no UTF-8", test_no_utf8) ||
           !CU_add_test(suite, "JSON in a page", test_json) ||
           !CU_add_test(suite, "numbers", test_numbers) ||
           !CU_add_test(suite, "pictures", test_pictures) ||
           !CU_add_test(suite, "refused pictures", test_refusals);
}
