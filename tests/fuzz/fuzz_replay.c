/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Feeds files to a fuzz target, one by one, without a fuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    static uint8_t buffer[1 << 24];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (!in) {
        perror(path);
        return 1;
    }
    n = fread(buffer, 1, sizeof buffer, in);
    fclose(in);
    LLVMFuzzerTestOneInput(buffer, n);
    return 0;
}

int main(int n, char **words)
{
    int i, failed = 0;

    for (i = 1; i < n; i++)
        failed += replay(words[i]);
    printf("replayed %d inputs\n", n - 1);
    return failed || n < 2;
}
