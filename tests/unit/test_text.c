/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/diagnose.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/text.h"

int suite_text(void);

/* Is every one of these bytes that? */
static int all_are(const char *at, size_t size, char byte)
{
    size_t i;

    for (i = 0; i < size; i++)
        if (at[i] != byte)
            return 0;
    return 1;
}

static void test_arena(void)
{
    struct arena *arena = arena_open();
    char *pieces[300];
    size_t i;

    for (i = 0; i < 300; i++) {
        const size_t size = i * i * 7 % 5000;

        pieces[i] = arena_get(arena, size);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pieces[i]);
        CU_ASSERT((uintptr_t)pieces[i] % 16 == 0);
        CU_ASSERT(all_are(pieces[i], size, 0));
        memset(pieces[i], (int)i, size);
    }
    for (i = 0; i < 300; i++)
        CU_ASSERT(all_are(pieces[i], i * i * 7 % 5000, (char)i));
    CU_ASSERT_STRING_EQUAL(arena_print(arena, "%s[%d]", "servers", 3), "servers[3]");
    CU_ASSERT_STRING_EQUAL(arena_copy(arena, "abcdef", 3), "abc");
    CU_ASSERT_PTR_NULL(arena_get(arena, SIZE_MAX - 8));
    arena_close(arena);
    arena_close(NULL);
}

/* The place by counting, character by character. */
static struct place place_slowly(const char *bytes, size_t offset)
{
    struct place place = { 1, 1 };
    size_t i;

    for (i = 0; i < offset; i++) {
        if (bytes[i] == '\n')
            place = (struct place) { place.line + 1, 1 };
        else if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            place.column++;
    }
    return place;
}

static void test_places(void)
{
    enum { LENGTH = 20000 };
    struct arena *arena = arena_open();
    char *bytes = arena_get(arena, LENGTH + 1);
    struct text text;
    size_t i;

    for (i = 0; i < LENGTH; i++)
        bytes[i] = i % 97 == 0 ? '\n' : i % 5 == 3 ? '\xc3' : i % 5 == 4 ? '\xa9' : 'x';
    CU_ASSERT_EQUAL_FATAL(text_open(&text, arena, "t", bytes, LENGTH), 0);
    for (i = 0; i <= LENGTH; i += i % 3 + 1) {
        const struct place fast = text_place(&text, i), slow = place_slowly(bytes, i);

        if (((unsigned char)bytes[i] & 0xc0) == 0x80)
            continue;
        CU_ASSERT_EQUAL(fast.line, slow.line);
        CU_ASSERT_EQUAL(fast.column, slow.column);
    }
    arena_close(arena);
}

static void test_excerpt(void)
{
    struct arena *arena = arena_open();
    const char *bytes = "one\n\tt\xc3\xa9ll\x01 me\r\nthree";
    char room[EXCERPT_ROOM], wide[3000];
    struct text text;
    uint32_t caret;

    text_open(&text, arena, "t", bytes, strlen(bytes));
    CU_ASSERT_EQUAL(text_excerpt(&text, 12, room), 7);
    CU_ASSERT_STRING_EQUAL(room, " t\xc3\xa9ll? me");
    memset(wide, 'a', sizeof wide);
    wide[1500] = '!';
    text_open(&text, arena, "t", wide, sizeof wide);
    caret = text_excerpt(&text, 1500, room);
    CU_ASSERT_EQUAL(room[caret], '!');
    CU_ASSERT(strlen(room) < 100);
    caret = text_excerpt(&text, sizeof wide, room);
    CU_ASSERT_EQUAL(room[caret], '\0');
    arena_close(arena);
}

static void test_utf8(void)
{
    char text[] = "a\xc3\xa9\xff\x1b[1m";

    CU_ASSERT_EQUAL(utf8_length("\xe2\x82\xac", 3), 3);
    CU_ASSERT_EQUAL(utf8_length("\xf0\x9f\x98\x80", 4), 4);
    CU_ASSERT_EQUAL(utf8_length("\xe2\x82\xac", 2), 0);     /* cut */
    CU_ASSERT_EQUAL(utf8_length("\xc0\xaf", 2), 0);         /* overlong */
    CU_ASSERT_EQUAL(utf8_length("\xe0\x80\xaf", 3), 0);     /* overlong */
    CU_ASSERT_EQUAL(utf8_length("\xf0\x80\x80\xaf", 4), 0); /* overlong */
    CU_ASSERT_EQUAL(utf8_length("\xed\xa0\x80", 3), 0);     /* a surrogate */
    CU_ASSERT_EQUAL(utf8_length("\xf4\x90\x80\x80", 4), 0); /* above U+10FFFF */
    CU_ASSERT_EQUAL(utf8_length("\x80", 1), 0);
    text_clean(text);
    CU_ASSERT_STRING_EQUAL(text, "a\xc3\xa9??[1m");
}

static const char *nearest(const char *wanted, const char *const *known)
{
    struct nearest search = nearest_to(wanted);

    for (; *known; known++)
        nearest_see(&search, *known);
    return nearest_found(&search);
}

static void test_nearest(void)
{
    const char *const names[] = { "fifo", "ps", "least_conn", "round_robin", NULL };

    CU_ASSERT_EQUAL(name_distance("fifoo", "fifo"), 1);
    CU_ASSERT_EQUAL(name_distance("fio", "fifo"), 1);
    CU_ASSERT_EQUAL(name_distance("ffio", "fifo"), 1); /* one swap */
    CU_ASSERT_EQUAL(name_distance("", "abc"), 3);
    CU_ASSERT_EQUAL(name_distance("kitten", "sitting"), 3);
    CU_ASSERT_EQUAL(name_distance("Round-Robin", "round_robin"), 0);
    CU_ASSERT_EQUAL(name_distance("a very long name, longer than any known", "b") > 30, 1);
    CU_ASSERT_EQUAL(name_distance("01234567890123456789012345678901234567890", "b"), UINT32_MAX);
    CU_ASSERT_STRING_EQUAL(nearest("fifoo", names), "fifo");
    CU_ASSERT_STRING_EQUAL(nearest("least_cnon", names), "least_conn");
    CU_ASSERT_STRING_EQUAL(nearest("roundrobin", names), "round_robin");
    CU_ASSERT_PTR_NULL(nearest("srpt", names));
    CU_ASSERT_PTR_NULL(nearest("", names));
}

static char *print(struct diagnostics *said, unsigned how)
{
    char *shown = NULL;
    size_t length;
    FILE *out = open_memstream(&shown, &length);

    diagnostics_print(said, out, how);
    fclose(out);
    return shown;
}

static void test_diagnostics(void)
{
    struct diagnostics *said = diagnostics_open();
    struct arena *arena = arena_open();
    const char *bytes = "{\n  \"a\": 1,\n  \"b\": 2 }";
    struct text text;
    char *shown;
    int i;

    text_open(&text, arena, "t.json", bytes, strlen(bytes));
    diagnose(said, SAY_WARNING, "odd", &text, 19, "b is %d", 2);
    diagnose(said, SAY_ERROR, NULL, &text, 9, "a is \x1b[0m");
    diagnose(said, SAY_NOTE, "quiet", &text, 9, "a note");
    arena_close(arena);
    CU_ASSERT_EQUAL(diagnostics_errors(said), 1);
    CU_ASSERT_EQUAL(diagnostics_warnings(said), 1);
    shown = print(said, 0);
    CU_ASSERT_STRING_EQUAL(shown, "t.json:2:8: error: a is ?[0m\n"
                                  "t.json:3:8: warning: b is 2 [odd]\n");
    free(shown);
    shown = print(said, SHOW_EXCERPT | HIDE_WARNINGS);
    CU_ASSERT_STRING_EQUAL(shown, "t.json:2:8: error: a is ?[0m\n"
                                  "     2 |   \"a\": 1,\n"
                                  "       |        ^\n");
    free(shown);
    for (i = 0; i < 500; i++)
        diagnose_at(said, SAY_ERROR, NULL, "t.json", (struct place) { 7, 1 }, "again");
    CU_ASSERT_EQUAL(diagnostics_errors(said), 501);
    CU_ASSERT_FALSE(diagnostics_room(said));
    shown = print(said, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(shown, "and 303 more like these\n"));
    free(shown);
    diagnostics_close(said);
}

int suite_text(void)
{
    CU_pSuite suite = CU_add_suite("text", NULL, NULL);

    if (!suite || !CU_add_test(suite, "arena", test_arena) ||
        !CU_add_test(suite, "places", test_places) ||
        !CU_add_test(suite, "excerpt", test_excerpt) || !CU_add_test(suite, "UTF-8", test_utf8) ||
        !CU_add_test(suite, "nearest name", test_nearest) ||
        !CU_add_test(suite, "diagnostics", test_diagnostics))
        return -1;
    return 0;
}
