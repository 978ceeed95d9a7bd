/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `lbsim watch` draws: frames, panels, and the bytes for a terminal. */
#include <CUnit/CUnit.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/play/picture.h"

int suite_picture(void);

/* ---- Text that goes into a frame. */

static const char *put(bool utf8, uint32_t room, const char *text, uint32_t *used)
{
    static char shown[200];
    struct canvas f;

    CU_ASSERT_EQUAL_FATAL(canvas_open(&f, 1, 40, utf8), 0);
    *used = canvas_put(&f, 0, 0, room, LOOK_PLAIN, text);
    canvas_text(&f, 0, shown, sizeof shown);
    canvas_close(&f);
    return shown;
}

static void hostile_text_is_harmless(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), was;
    uint32_t n;

    CU_ASSERT_FATAL(locale != (locale_t)0);
    was = uselocale(locale);
    CU_ASSERT_STRING_EQUAL(put(true, 40, "\033[2J\033]0;x\007", &n), "?[2J?]0;x?");
    CU_ASSERT_STRING_EQUAL(put(true, 40, "a\nb\tc\r\177", &n), "a?b?c??");
    CU_ASSERT_STRING_EQUAL(put(true, 40,
                               "\xc2\x9b"
                               "31m\xc2\x85",
                               &n),
                           "?31m?");
    CU_ASSERT_STRING_EQUAL(put(true, 40,
                               "a\xe2\x80\xae"
                               "b\xe2\x81\xa6\xe2\x80\x8f\xe2\x80\xa8",
                               &n),
                           "a?b???");
    CU_ASSERT_STRING_EQUAL(put(true, 40, "\xff\xc0\xaf\xed\xa0\x80", &n), "??????");
    CU_ASSERT_STRING_EQUAL(put(true, 40, "\xe6\x97\xa5x", &n), "\xe6\x97\xa5x");
    CU_ASSERT_EQUAL(n, 3);
    CU_ASSERT_STRING_EQUAL(put(false, 40, "\xe6\x97\xa5x\xc3\xa9", &n), "?x?");
    uselocale(was);
    freelocale(locale);
}

static void text_is_cut_and_says_so(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), was;
    uint32_t n;

    CU_ASSERT_FATAL(locale != (locale_t)0);
    was = uselocale(locale);
    CU_ASSERT_STRING_EQUAL(put(false, 4, "abcd", &n), "abcd");
    CU_ASSERT_STRING_EQUAL(put(false, 4, "abcde", &n), "abc~");
    CU_ASSERT_EQUAL(n, 4);
    CU_ASSERT_STRING_EQUAL(put(true, 4, "abcde", &n), "abc\xe2\x80\xa6");
    CU_ASSERT_STRING_EQUAL(put(true, 4, "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5", &n),
                           "\xe6\x97\xa5\xe2\x80\xa6");
    CU_ASSERT_STRING_EQUAL(put(true, 0, "abc", &n), "");
    CU_ASSERT_EQUAL(n, 0);
    uselocale(was);
    freelocale(locale);
}

/* ---- Bytes. */

static void drawn(const struct canvas *now, const struct canvas *before, bool color, char *bytes,
                  size_t room)
{
    FILE *out = fmemopen(bytes, room, "w");

    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    canvas_draw(out, now, before, color);
    fclose(out);
}

static void only_what_differs_is_drawn(void)
{
    struct canvas a, b;
    char bytes[400] = "";

    CU_ASSERT_EQUAL_FATAL(canvas_open(&a, 2, 8, false), 0);
    CU_ASSERT_EQUAL_FATAL(canvas_open(&b, 2, 8, false), 0);
    canvas_put(&a, 1, 0, 8, LOOK_PLAIN, "queue 1");
    canvas_put(&b, 1, 0, 8, LOOK_PLAIN, "queue 2");
    drawn(&b, &a, true, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "\033[2;7H2");
    memset(bytes, 0, sizeof bytes);
    drawn(&b, &b, true, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "");
    canvas_put(&b, 0, 1, 8, LOOK_RED | LOOK_BOLD, "x");
    drawn(&b, &a, true, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "\033[1;2H\033[0;1;31mx\033[0m\033[2;7H2");
    memset(bytes, 0, sizeof bytes);
    drawn(&b, &a, false, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "\033[1;2H\033[0;1mx\033[0m\033[2;7H2");
    memset(bytes, 0, sizeof bytes);
    drawn(&b, NULL, false, bytes, sizeof bytes);
    CU_ASSERT_EQUAL(strncmp(bytes, "\033[0m\033[2J\033[1;1H ", 15), 0);
    canvas_close(&a);
    canvas_close(&b);
}

static void wide_glyphs_are_replaced_whole(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), was;
    struct canvas a, b;
    char bytes[400] = "";

    CU_ASSERT_FATAL(locale != (locale_t)0);
    was = uselocale(locale);
    CU_ASSERT_EQUAL_FATAL(canvas_open(&a, 1, 4, true), 0);
    CU_ASSERT_EQUAL_FATAL(canvas_open(&b, 1, 4, true), 0);
    canvas_put(&a, 0, 0, 4, LOOK_PLAIN, "\xe6\x97\xa5z");
    canvas_put(&b, 0, 0, 4, LOOK_PLAIN, "abz");
    drawn(&b, &a, true, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "\033[1;1Hab");
    memset(bytes, 0, sizeof bytes);
    drawn(&a, &b, true, bytes, sizeof bytes);
    CU_ASSERT_STRING_EQUAL(bytes, "\033[1;1H\xe6\x97\xa5");
    canvas_close(&a);
    canvas_close(&b);
    uselocale(was);
    freelocale(locale);
}

/* ---- Panels. */

static void panels_lie_where_they_fit(void)
{
    struct panels p = panels_for(24, 80, 1, 0, 10);

    CU_ASSERT_EQUAL(p.n, 1);
    CU_ASSERT_EQUAL(p.views, 1);
    CU_ASSERT_TRUE(panels_servers(&p) >= 10);
    p = panels_for(24, 100, 2, 0, 10);
    CU_ASSERT_EQUAL(p.n, 2);
    CU_ASSERT_EQUAL(p.across, 2);
    CU_ASSERT_EQUAL(p.views, 3);
    p = panels_for(24, 100, 2, 2, 10); /* the second alone */
    CU_ASSERT_EQUAL(p.first, 1);
    CU_ASSERT_EQUAL(p.n, 1);
    CU_ASSERT_EQUAL(p.width, 100);
    p = panels_for(24, 80, 3, 1, 10); /* too narrow for two, too low for one below the other */
    CU_ASSERT_EQUAL(p.n, 1);
    CU_ASSERT_EQUAL(p.first, 1);
    CU_ASSERT_EQUAL(p.views, 3);
    p = panels_for(60, 80, 3, 0, 10); /* high enough */
    CU_ASSERT_EQUAL(p.n, 3);
    CU_ASSERT_EQUAL(p.down, 3);
    p = panels_for(24, 100, 5, 2, 10); /* the last page of three is not full */
    CU_ASSERT_EQUAL(p.first, 4);
    CU_ASSERT_EQUAL(p.n, 1);
    CU_ASSERT_EQUAL(p.across, 2);
    CU_ASSERT_EQUAL(p.views, 8);
}

static void panels_stay_within_any_size(void)
{
    uint32_t rows, columns, policies, view;

    for (rows = 1; rows < 70; rows += 3)
        for (columns = 1; columns < 200; columns += 7)
            for (policies = 1; policies <= STAGE_MOST; policies++)
                for (view = 0; view < 2 * STAGE_MOST; view++) {
                    struct panels p = panels_for(rows, columns, policies, view, 10000);

                    if (p.n < 1 || p.first + p.n > policies || p.n > p.across * p.down ||
                        p.width * p.across > columns || p.height * p.down > rows)
                        CU_FAIL("a panel lies outside");
                }
    CU_PASS("none lies outside");
}

/* ---- A picture. */

static struct sight_server servers[] = {
    { .group = "app",
      .number = 0,
      .cores = 1,
      .running = 1,
      .waiting = 3,
      .believed = 4,
      .believed_most = 4,
      .seen = true,
      .trouble = TROUBLE_NONE },
    { .group = "app",
      .number = 1,
      .cores = 1,
      .running = 1,
      .waiting = 1,
      .believed = 0,
      .believed_most = 5,
      .seen = true,
      .trouble = TROUBLE_SLOW,
      .speed = 0.2 },
    { .group = "db", .alone = true, .cores = 2, .trouble = TROUBLE_DOWN },
    { .group = "app",
      .number = 3,
      .cores = 1,
      .running = 1,
      .waiting = 99,
      .believed = 100,
      .believed_most = 100,
      .seen = true,
      .trouble = TROUBLE_EJECTED },
};

static struct sight made_sight(void)
{
    return (struct sight) { .label = "p2c",
                            .issued = 120,
                            .in_flight = 6,
                            .ended = { 110, 3, 1, 0, 0 },
                            .retries = 7,
                            .recent = 110,
                            .rate = 900.0,
                            .p50 = 0.0012,
                            .p99 = 0.0345,
                            .server = servers,
                            .shown = 4,
                            .servers = 9,
                            .idle = 2,
                            .busy = 2,
                            .queued = 1 };
}

/* Draws into 16 rows of 60; the text of all rows. */
static char *draw(struct picture p, bool utf8)
{
    struct panels panels = panels_for(16, 60, p.policies, 0, 9);
    char *text = calloc(16, 400);
    struct canvas f;
    uint32_t i;

    CU_ASSERT_EQUAL_FATAL(canvas_open(&f, 16, 60, utf8), 0);
    picture_draw(&f, &p, &panels);
    for (i = 0; i < 16; i++) {
        canvas_text(&f, i, text + strlen(text), 398);
        strcat(text, "\n");
    }
    canvas_close(&f);
    return text;
}

static void a_frame_as_text(void)
{
    const struct sight sight = made_sight();
    const struct news news = { 5000000000, "app[1] at speed 0.2" };
    char *text = draw((struct picture) { .name = "shop",
                                         .now = 5250000000,
                                         .speed = 0.01,
                                         .length = 1000,
                                         .paused = true,
                                         .policies = 1,
                                         .sight = &sight,
                                         .news = &news,
                                         .news_n = 1 },
                      false);

    CU_ASSERT_STRING_EQUAL(text, " t = 5.250 s  speed 0.01  12 %  [paused]  shop\n"
                                 "p2c  1 of 1\n"
                                 "issued 120  in flight 6  done 110\n"
                                 "rejected 3  timed out 1  retries 7\n"
                                 "900/s  p50 1.2ms  p99 34.5ms (last 110)\n"
                                 "app[0] #===..........................   4 ~4\n"
                                 "app[1] #=............................   2 ~0-5    slow 0.2\n"
                                 "db     ..............................   0         down\n"
                                 "app[3] #============================> 100 ~100    ejected\n"
                                 "5 not shown: 2 idle, 2 busy, 1 queueing\n"
                                 "\n"
                                 "\n"
                                 "\n"
                                 "at 5s: app[1] at speed 0.2\n"
                                 "# in service  = waiting  7 there  ~7 believed\n"
                                 "q quit  space pause  n step  +/- speed  ? help\n");
    free(text);
}

static void other_states_of_the_title(void)
{
    const struct sight sight = made_sight();
    struct picture p = { .name = "shop",
                         .now = 5250000000,
                         .speed = INFINITY,
                         .over = true,
                         .policies = 1,
                         .sight = &sight };
    char *text = draw(p, false);

    CU_ASSERT_EQUAL(strncmp(text, " t = 5.2 s  as fast as it goes  [the end]  shop\n", 48), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "q quit"));
    CU_ASSERT_PTR_NULL(strstr(text, "space pause"));
    free(text);
    p.help = true;
    text = draw(p, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Tab          other policies"));
    CU_ASSERT_PTR_NULL(strstr(text, "p2c  1 of 1"));
    free(text);
    p.help = false;
    text = draw(p, true);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(text, "app[0] \xe2\x96\x88\xe2\x96\x92\xe2\x96\x92\xe2\x96\x92\xc2\xb7"));
    free(text);
}

static void bars_of_many_cores_are_scaled(void)
{
    struct sight_server wide = { .group = "big",
                                 .alone = true,
                                 .cores = 64,
                                 .running = 64,
                                 .waiting = 8,
                                 .trouble = TROUBLE_NONE };
    struct sight sight = made_sight();
    char *text;

    sight.server = &wide;
    sight.shown = sight.servers = 1;
    text =
        draw((struct picture) { .name = "x", .speed = 1.0, .policies = 1, .sight = &sight }, false);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "p2c  1 of 1, up to 4 requests a cell\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "big  ################==.............."));
    free(text);
}

int suite_picture(void)
{
    CU_pSuite suite = CU_add_suite("picture", NULL, NULL);

    CU_add_test(suite, "hostile text is harmless", hostile_text_is_harmless);
    CU_add_test(suite, "text is cut and says so", text_is_cut_and_says_so);
    CU_add_test(suite, "only what differs is drawn", only_what_differs_is_drawn);
    CU_add_test(suite, "wide glyphs are replaced whole", wide_glyphs_are_replaced_whole);
    CU_add_test(suite, "panels lie where they fit", panels_lie_where_they_fit);
    CU_add_test(suite, "panels stay within any size", panels_stay_within_any_size);
    CU_add_test(suite, "a frame as text", a_frame_as_text);
    CU_add_test(suite, "other states of the title", other_states_of_the_title);
    CU_add_test(suite, "bars of many cores are scaled", bars_of_many_cores_are_scaled);
    return suite ? 0 : -1;
}
