package io.millrace.runtime.state;

import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.WriteOptions;

/**
 * How a RocksDB store is opened: a shared cache of rows' blocks, whole-key bloom filters (most look-ups of a new row's key find
 * nothing, and a row is in one of several files), top levels uncompressed. Filters and indexes are no blocks of the cache but
 * stay in memory as long as their file is open, some two bytes an entry: a look-up asks each file's filter, and to find them
 * all in the cache took longer than the rest of it.
 */
final class RocksDbSettings implements AutoCloseable {
    private static final double BLOOM_BITS_PER_KEY = 10;
    /** Of large state most look-ups unpack a block that the cache has not, so it is half of what is usual. */
    private static final long BLOCK_BYTES = 4 << 10;

    /** Of a write buffer, for a filter of its keys: twelve bits for each of some hundred bytes. */
    private static final double WRITE_BUFFER_FILTER_RATIO = 0.015;

    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final int WRITE_BUFFERS = 3;
    private static final long SMALL_WRITE_BUFFER_BYTES = 1L << 20;
    private static final int LEAST_THREADS = 2;
    private static final List<CompressionType> COMPRESSION_PER_LEVEL = List.of(
            CompressionType.NO_COMPRESSION,
            CompressionType.NO_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION);

    private final BloomFilter filter = new BloomFilter(BLOOM_BITS_PER_KEY);
    private final DBOptions database = new DBOptions();
    private final ColumnFamilyOptions entries = new ColumnFamilyOptions();
    private final ColumnFamilyOptions offset = new ColumnFamilyOptions();
    private final WriteOptions unlogged = new WriteOptions();

    RocksDbSettings(RocksDbMemory memory) {
        BlockBasedTableConfig table = new BlockBasedTableConfig();
        table.setFilterPolicy(filter);
        table.setWholeKeyFiltering(true);
        table.setBlockSize(BLOCK_BYTES);
        table.setCacheIndexAndFilterBlocks(false);
        table.setBlockCache(memory.cache());
        entries.setTableFormatConfig(table);
        entries.setCompactionStyle(CompactionStyle.UNIVERSAL);
        // Filters for the last level too: rows come and go, so look-ups that find nothing are common.
        entries.setOptimizeFiltersForHits(false);
        entries.setWriteBufferSize(WRITE_BUFFER_BYTES);
        entries.setMaxWriteBufferNumber(WRITE_BUFFERS);
        entries.setMemtablePrefixBloomSizeRatio(WRITE_BUFFER_FILTER_RATIO);
        entries.setMemtableWholeKeyFiltering(true);
        entries.setCompressionPerLevel(COMPRESSION_PER_LEVEL);
        offset.setWriteBufferSize(SMALL_WRITE_BUFFER_BYTES);
        database.setCreateIfMissing(true);
        database.setCreateMissingColumnFamilies(true);
        database.setInfoLogLevel(InfoLogLevel.ERROR_LEVEL);
        database.setIncreaseParallelism(Math.max(Runtime.getRuntime().availableProcessors(), LEAST_THREADS));
        database.setWriteBufferManager(memory.writeBuffers());
        // Entries and the offset that says how far they go are on disk together or not at all.
        database.setAtomicFlush(true);
        // What a crash takes with it is read again from the changelog.
        unlogged.setDisableWAL(true);
    }

    DBOptions database() {
        return database;
    }

    ColumnFamilyOptions entries() {
        return entries;
    }

    ColumnFamilyOptions offset() {
        return offset;
    }

    WriteOptions unlogged() {
        return unlogged;
    }

    @Override
    public void close() {
        unlogged.close();
        offset.close();
        entries.close();
        database.close();
        filter.close();
    }
}
