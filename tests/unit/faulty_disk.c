/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/faulty_disk.h"

#include <string.h>

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct, in the same memory */
    struct faulty_disk *disk;
};

/* Is this the call that fails? */
static bool fails(struct faulty_disk *disk, enum fault fault)
{
    if (disk->fault != fault || disk->at == 0)
        return false;
    disk->calls++;
    if (disk->calls != disk->at && !(disk->for_ever && disk->calls > disk->at))
        return false;
    disk->failed++;
    return true;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

static struct faulty_disk *disk_of(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->disk;
}

/* ---- What may fail. */

static int do_write(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);

    if (fails(disk_of(file), FAULT_FULL)) {
        real->pMethods->xWrite(real, data, n / 2, at);
        return SQLITE_FULL;
    }
    if (fails(disk_of(file), FAULT_WRITE))
        return SQLITE_IOERR_WRITE;
    return real->pMethods->xWrite(real, data, n, at);
}

/* Nothing here survives a power cut anyway: the real disk is spared. */
static int do_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    return fails(disk_of(file), FAULT_SYNC) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_file *real = real_of(file);

    if (fails(disk_of(file), FAULT_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    return real->pMethods->xTruncate(real, size);
}

/* ---- What is handed on. */

static int do_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int do_read(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, n, at);
}

static int do_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int do_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int do_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int do_check_reserved(sqlite3_file *file, int *reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), reserved);
}

static int do_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int do_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int do_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int do_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **to)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, to);
}

static int do_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int do_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* no memory-mapped reading: each write passes here */
    .xClose = do_close,
    .xRead = do_read,
    .xWrite = do_write,
    .xTruncate = do_truncate,
    .xSync = do_sync,
    .xFileSize = do_file_size,
    .xLock = do_lock,
    .xUnlock = do_unlock,
    .xCheckReservedLock = do_check_reserved,
    .xFileControl = do_control,
    .xSectorSize = do_sector_size,
    .xDeviceCharacteristics = do_characteristics,
    .xShmMap = do_shm_map,
    .xShmLock = do_shm_lock,
    .xShmBarrier = do_shm_barrier,
    .xShmUnmap = do_shm_unmap,
};

static int do_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                   int *flags_out)
{
    struct faulty_disk *disk = (struct faulty_disk *)vfs;
    struct faulty_file *f = (struct faulty_file *)file;
    int code;

    f->disk = disk;
    f->real = (sqlite3_file *)(f + 1);
    code = disk->real->xOpen(disk->real, name, f->real, flags, flags_out);
    f->base.pMethods = f->real->pMethods ? &methods : NULL;
    return code;
}

int faulty_disk_open(struct faulty_disk *disk)
{
    memset(disk, 0, sizeof *disk);
    disk->real = sqlite3_vfs_find(NULL);
    disk->vfs = *disk->real;
    disk->vfs.zName = "faulty disk";
    disk->vfs.pNext = NULL;
    disk->vfs.szOsFile = (int)sizeof(struct faulty_file) + disk->real->szOsFile;
    disk->vfs.xOpen = do_open;
    return sqlite3_vfs_register(&disk->vfs, 1);
}

void faulty_disk_close(struct faulty_disk *disk)
{
    sqlite3_vfs_unregister(&disk->vfs);
    sqlite3_vfs_register(disk->real, 1);
}

void faulty_disk_set(struct faulty_disk *disk, enum fault fault, uint32_t at, bool for_ever)
{
    disk->fault = fault;
    disk->at = at;
    disk->for_ever = for_ever;
    disk->calls = disk->failed = 0;
}
