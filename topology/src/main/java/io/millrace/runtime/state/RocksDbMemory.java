package io.millrace.runtime.state;

import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * The memory that all RocksDB stores of an application share: one block cache, and one limit on write buffers, which is
 * taken from the cache. Closed after the stores.
 */
public final class RocksDbMemory implements AutoCloseable {
    /** Write buffers may take this part of the memory; past it the largest is flushed. */
    private static final int WRITE_BUFFERS_DIVISOR = 2;

    /** Few enough that a part of the cache is far larger than any block. */
    private static final int CACHE_SHARD_BITS = 3;

    private final Cache cache;
    private final WriteBufferManager writeBuffers;

    /** So much memory. */
    public RocksDbMemory(long bytes) {
        RocksDB.loadLibrary();
        this.cache = new LRUCache(bytes, CACHE_SHARD_BITS);
        this.writeBuffers = new WriteBufferManager(bytes / WRITE_BUFFERS_DIVISOR, cache);
    }

    Cache cache() {
        return cache;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    @Override
    public void close() {
        writeBuffers.close();
        cache.close();
    }
}
