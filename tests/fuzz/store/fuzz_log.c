/* Any bytes in place of a segment file. The first byte chooses: 0: the rest is the file; 1: the
 * rest follows a good header; else: the rest edits a good file, four bytes an edit (what, where
 * high, where low, value). Opening never gives a record that was not written, and a log that
 * opened takes a new record and opens again. */
#include <stdio.h>
#include <stdlib.h>

#include "../../unit/store/fake_disk.h"
#include "port/log.h"
#include "store/log.h"
#include "store/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const store_key key = {{5}};
static const char *const texts[] = {"one", "two, a little longer", "", "four", "five"};
static uint8_t good[1024];
static size_t good_len;

static void require(bool holds)
{
    if (!holds)
        abort();
}

static ess_err check(void *context, uint64_t number, uint8_t kind, ess_slice payload)
{
    uint64_t *last = context;
    require(number == *last + 1 && number <= 6);
    require(kind == number);
    require(ess_slice_is(payload, number <= 5 ? texts[number - 1] : "new") ||
            ess_slice_is(payload, "new"));
    *last = number;
    return ESS_OK;
}

static ess_err open_log(uint64_t *last, store_log **log)
{
    static const store_log_options options = {"/tmp", &key, &disk_calls, 64 << 10, 64};
    *last = 0;
    return store_log_open(&options, check, last, log);
}

static void add(store_log *log, const char *text, bool sync)
{
    uint8_t kind = (uint8_t)store_log_next(log);
    require(store_log_append(log, kind, ess_slice_from(text), NULL) == ESS_OK);
    require(!sync || store_log_sync(log) == ESS_OK);
}

static void make_good(void)
{
    store_log *log = NULL;
    uint64_t last;
    port_log_open("fuzz", (port_log_level)(PORT_ERROR + 1));
    disk_reset();
    require(open_log(&last, &log) == ESS_OK);
    for (size_t i = 0; i < 5; i++)
        add(log, texts[i], i != 2);
    store_log_close(log);
    const disk_name *name = disk_find(disk_seen, "/0000000000000001.log");
    require(name != NULL);
    good_len = disk_files[name->file].seen.len;
    require(good_len <= sizeof good);
    memcpy(good, disk_files[name->file].seen.bytes, good_len);
}

static void edit(disk_file *f, const uint8_t *e)
{
    size_t at = (size_t)e[1] << 8 | e[2];
    if (at >= f->seen.len)
        return;
    if (e[0] % 4 == 0)
        f->seen.bytes[at] ^= e[3];
    else if (e[0] % 4 == 1)
        f->seen.len = at;
    else if (e[0] % 4 == 2)
        memset(f->seen.bytes + at, 0, f->seen.len - at < e[3] ? f->seen.len - at : e[3]);
    else /* repeats a piece of the file elsewhere */
        memmove(f->seen.bytes + e[3] % f->seen.len, f->seen.bytes + at,
                f->seen.len - (at > e[3] ? at : e[3] % f->seen.len));
}

static void make_file(const uint8_t *data, size_t size)
{
    int fd = disk_open("/0000000000000001.log", O_RDWR | O_CREAT, 0600);
    disk_file *f = disk_of(fd);
    if (data[0] == 0) {
        disk_put(f, data + 1, size - 1, 0);
    } else if (data[0] == 1) {
        disk_put(f, good, SEGMENT_HEADER_BYTES, 0);
        disk_put(f, data + 1, size - 1, SEGMENT_HEADER_BYTES);
    } else {
        disk_put(f, good, good_len, 0);
        for (size_t i = 1; i + 4 <= size; i += 4)
            edit(f, data + i);
    }
    (void)disk_close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    store_log *log = NULL;
    uint64_t last = 0, before = 0;
    if (size == 0)
        return 0;
    if (good_len == 0)
        make_good();
    disk_reset();
    make_file(data, size);
    ess_err err = open_log(&last, &log);
    require(err == ESS_OK || err == ESS_E_CORRUPT);
    if (err != ESS_OK)
        return 0;
    before = last;
    require(store_log_next(log) == last + 1);
    add(log, "new", true);
    store_log_close(log);
    disk_end(CUT_LOSE);
    require(open_log(&last, &log) == ESS_OK && last == before + 1);
    store_log_close(log);
    return 0;
}
