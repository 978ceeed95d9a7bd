/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/arena.h"
#include "sim/scenario/json.h"

int suite_json(void);

struct read {
    struct arena *arena;
    struct diagnostics *said;
    struct json *json;
    struct text *text;
    cJSON *root;
};

static struct read read_bytes(const char *bytes, size_t length)
{
    struct read read = { .arena = arena_open(), .said = diagnostics_open() };

    read.json = json_open(read.arena, read.said);
    read.text = arena_get(read.arena, sizeof *read.text);
    text_open(read.text, read.arena, "t", arena_copy(read.arena, bytes, length), length);
    read.root = json_read(read.json, read.text);
    return read;
}

static void end(struct read *read)
{
    cJSON_Delete(read->root);
    json_close(read->json);
    diagnostics_close(read->said);
    arena_close(read->arena);
}

static const char *message(struct read *read, uint32_t i)
{
    const struct diagnostic *one = diagnostics_at(read->said, i);

    return one ? one->message : "";
}

/* Is this text refused, at this byte, for this reason? */
static int fault(const char *bytes, uint32_t column, const char *words)
{
    struct read read = read_bytes(bytes, strlen(bytes));
    const struct diagnostic *one = diagnostics_at(read.said, 0);
    const int good = one && one->place.column == column && strstr(one->message, words);

    if (!good)
        fprintf(stderr, "%s: expected at %u: %s; got at %u: %s\n", bytes, (unsigned)column, words,
                one ? (unsigned)one->place.column : 0, message(&read, 0));
    end(&read);
    return good;
}

static void test_syntax(void)
{
    CU_ASSERT(fault("", 1, "there is nothing in it"));
    CU_ASSERT(fault("{", 2, "found the end of the text"));
    CU_ASSERT(fault("[1, 2", 6, "',' or ']'"));
    CU_ASSERT(fault("[1 2]", 4, "',' or ']'"));
    CU_ASSERT(fault("[1,]", 4, "nothing follows the last comma"));
    CU_ASSERT(fault("{\"a\":1,}", 8, "nothing follows the last comma"));
    CU_ASSERT(fault("{\"a\" 1}", 6, "':' after the key"));
    CU_ASSERT(fault("{a:1}", 2, "a key in double quotes"));
    CU_ASSERT(fault("['a']", 2, "plain double quotes"));
    CU_ASSERT(fault("[\xe2\x80\x9c"
                    "a\"]",
                    2, "plain double quotes"));
    CU_ASSERT(fault("[1] // x", 5, "no comments"));
    CU_ASSERT(fault("[# x", 2, "no comments"));
    CU_ASSERT(fault("[tru]", 2, "tru is not a value"));
    CU_ASSERT(fault("[True]", 2, "True is not a value"));
    CU_ASSERT(fault("[NaN]", 2, "NaN is not a value"));
    CU_ASSERT(fault("[-Infinity]", 3, "a digit"));
    CU_ASSERT(fault("[+1]", 2, "a value"));
    CU_ASSERT(fault("[.5]", 2, "a value"));
    CU_ASSERT(fault("[1.]", 4, "a digit after the point"));
    CU_ASSERT(fault("[1e]", 4, "a digit of the exponent"));
    CU_ASSERT(fault("[01]", 2, "needless 0"));
    CU_ASSERT(fault("[-01]", 2, "needless 0"));
    CU_ASSERT(fault("[0x10]", 3, "',' or ']'"));
    CU_ASSERT(fault("[\"a", 2, "ends within this text"));
    CU_ASSERT(fault("[\"a\n\"]", 2, "not closed"));
    CU_ASSERT(fault("[\"a\\", 2, "ends within this text"));
    CU_ASSERT(fault("{} {}", 4, "the end of the text"));
    CU_ASSERT(fault("\xef\xbb\xbf{}", 1, "byte order mark"));
    CU_ASSERT(fault("\xff\xfe{", 1, "UTF-16"));
    CU_ASSERT(fault("[\x01]", 2, "a control character"));
    CU_ASSERT(fault("[\xff]", 2, "not UTF-8"));
}

static void test_flaws(void)
{
    const char *bytes = "[ 1e400, 2, \"\xff\\ud800\\u0000\\x\\ud83d\\ude00\\u00e9\", -1e-400,\n"
                        "  -0, 1e-300, 0e999 ]";
    struct read read = read_bytes(bytes, strlen(bytes));

    CU_ASSERT_EQUAL(diagnostics_errors(read.said), 6);
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 0), "1e400 is beyond"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 1), "not UTF-8"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 2), "half of a surrogate pair"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 3), "\\u0000"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 4), "unknown escape"));
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 5), "nearer to 0"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(read.root);
    CU_ASSERT(json_flawed(read.json, cJSON_GetArrayItem(read.root, 0)));
    CU_ASSERT_FALSE(json_flawed(read.json, cJSON_GetArrayItem(read.root, 1)));
    CU_ASSERT(json_flawed(read.json, cJSON_GetArrayItem(read.root, 3)));
    CU_ASSERT_STRING_EQUAL(cJSON_GetArrayItem(read.root, 2)->valuestring, "?"
                                                                          "??????"
                                                                          "??????"
                                                                          "?x"
                                                                          "\xf0\x9f\x98\x80"
                                                                          "\xc3\xa9");
    CU_ASSERT_EQUAL(cJSON_GetArrayItem(read.root, 5)->valuedouble, 1e-300);
    end(&read);
}

static void test_depth(void)
{
    char bytes[200];
    struct read read;
    int deep;

    for (deep = 64; deep <= 65; deep++) {
        memset(bytes, '[', (size_t)deep);
        memset(bytes + deep, ']', (size_t)deep);
        read = read_bytes(bytes, 2 * (size_t)deep);
        CU_ASSERT_EQUAL(diagnostics_errors(read.said), deep == 65);
        CU_ASSERT_EQUAL(read.root == NULL, deep == 65);
        end(&read);
    }
}

static void test_size(void)
{
    const size_t most = LARGEST_FILE;
    char *bytes = malloc(most + 1);
    struct read read;

    memset(bytes, ' ', most + 1);
    bytes[0] = '1';
    read = read_bytes(bytes, most);
    CU_ASSERT_PTR_NOT_NULL(read.root);
    end(&read);
    read = read_bytes(bytes, most + 1);
    CU_ASSERT_PTR_NULL(read.root);
    CU_ASSERT_PTR_NOT_NULL(strstr(message(&read, 0), "larger than a scenario may be"));
    end(&read);
    free(bytes);
}

static void test_duplicates(void)
{
    const char *bytes = "{ \"a\": 1, \"b\": { \"c\": 1, \"\\u0063\": 2, \"C\": 3 },\n"
                        "  \"e\": [ { \"a\": 1 }, { \"a\": 1 } ], \"a\": 4, \"a\": 5 }";
    struct read read = read_bytes(bytes, strlen(bytes));

    CU_ASSERT_EQUAL(diagnostics_errors(read.said), 3);
    CU_ASSERT_STRING_EQUAL(message(&read, 0), "the key \"c\" is here twice");
    CU_ASSERT_EQUAL(diagnostics_at(read.said, 0)->place.column, 26);
    CU_ASSERT_EQUAL(diagnostics_at(read.said, 1)->place.line, 2);
    CU_ASSERT_EQUAL(diagnostics_at(read.said, 1)->place.column, 36);
    CU_ASSERT_EQUAL(diagnostics_at(read.said, 2)->place.column, 44);
    end(&read);
}

/* Each value's place is where its first byte stands, and its key's where the key's quote stands. */
static void check_places(struct read *read, const cJSON *node, int *seen)
{
    const cJSON *child;

    ++*seen;
    switch (read->text->bytes[json_offset(read->json, node)]) {
    case '{':
        CU_ASSERT(cJSON_IsObject(node));
        break;
    case '[':
        CU_ASSERT(cJSON_IsArray(node));
        break;
    case '"':
        CU_ASSERT(cJSON_IsString(node));
        CU_ASSERT(!strncmp(read->text->bytes + json_offset(read->json, node) + 1, node->valuestring,
                           strlen(node->valuestring)));
        break;
    case 't':
        CU_ASSERT(cJSON_IsTrue(node));
        break;
    default:
        CU_ASSERT(cJSON_IsNumber(node));
        CU_ASSERT_EQUAL(strtod(read->text->bytes + json_offset(read->json, node), NULL),
                        node->valuedouble);
    }
    if (node->string)
        CU_ASSERT(!strncmp(read->text->bytes + json_key_offset(read->json, node) + 1, node->string,
                           strlen(node->string)));
    for (child = node->child; child; child = child->next)
        check_places(read, child, seen);
}

static void test_places(void)
{
    const char *bytes = "{ \"a\": [ 1, [], { \"x\" : 18446744073709551615 }, \"t\" ],\n"
                        "  \"b\": {}, \"c\": { \"d\": true, \"e\": [ [ [ -2.5e3 ] ] ] },\n"
                        "  \"f\"  :  \"last\" }\n";
    struct read read = read_bytes(bytes, strlen(bytes));
    const cJSON *large;
    size_t length;
    int seen = 0;

    CU_ASSERT_PTR_NOT_NULL_FATAL(read.root);
    check_places(&read, read.root, &seen);
    CU_ASSERT_EQUAL(seen, 15);
    large = cJSON_GetArrayItem(cJSON_GetObjectItem(read.root, "a"), 2)->child;
    CU_ASSERT(!strncmp(json_number(read.json, large, &length), "18446744073709551615", 20));
    CU_ASSERT_EQUAL(length, 20);
    CU_ASSERT_EQUAL(json_place(read.json, cJSON_GetObjectItem(read.root, "f")).line, 3);
    CU_ASSERT_EQUAL(json_place(read.json, cJSON_GetObjectItem(read.root, "f")).column, 11);
    end(&read);
}

static char *printed(const struct read *read)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    CU_ASSERT_EQUAL(json_print(read->json, read->root, out), 0);
    fclose(out);
    return text;
}

static void test_print(void)
{
    const char *bytes = "{\"a\":[1,2.50,\"q\\\"\\\\\\n\xc3\xa9\"],\"b\":{},\"c\":[],\"d\":true,"
                        "\"e\":false,\"f\":null,\"g\":18446744073709551615}";
    struct read read = read_bytes(bytes, strlen(bytes)), again;
    char *first = printed(&read), *second;

    CU_ASSERT_PTR_NOT_NULL(strstr(first, "\"g\": 18446744073709551615\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(first, "2.50"));
    again = read_bytes(first, strlen(first));
    CU_ASSERT_EQUAL(diagnostics_errors(again.said), 0);
    CU_ASSERT(cJSON_Compare(read.root, again.root, true));
    second = printed(&again);
    CU_ASSERT_STRING_EQUAL(first, second);
    end(&read);
    end(&again);
    free(first);
    free(second);
}

static void test_likely(void)
{
    CU_ASSERT(json_likely("12", 2));
    CU_ASSERT(json_likely("1e400", 5));
    CU_ASSERT(json_likely("true", 4));
    CU_ASSERT_FALSE(json_likely("10ms", 4));
    CU_ASSERT_FALSE(json_likely("{", 1));
    CU_ASSERT_FALSE(json_likely("", 0));
}

int suite_json(void)
{
    CU_pSuite suite = CU_add_suite("json", NULL, NULL);

    if (!suite || !CU_add_test(suite, "syntax", test_syntax) ||
        !CU_add_test(suite, "flaws are passed over", test_flaws) ||
        !CU_add_test(suite, "depth", test_depth) || !CU_add_test(suite, "size", test_size) ||
        !CU_add_test(suite, "duplicate keys", test_duplicates) ||
        !CU_add_test(suite, "places", test_places) || !CU_add_test(suite, "print", test_print) ||
        !CU_add_test(suite, "likely", test_likely))
        return -1;
    return 0;
}
