package io.millrace.runtime.state;

import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.WriteOptions;

/**
 * How a RocksDB store is opened: shared memory, whole-key bloom filters (most look-ups of a new row's key find
 * nothing), indexes and filters in parts, top levels uncompressed. Whole, a file's filter is a block of more than a megabyte, and
 * where the cache cannot hold those of all files each look-up reads one: at ten million rows a change cost ten times as much.
 */
final class RocksDbSettings implements AutoCloseable {
    private static final double BLOOM_BITS_PER_KEY = 10;
    /** Of large state most look-ups unpack a block that the cache has not: halved from 8 KiB, ten million rows went from 2.2 to 1.7 times. */
    private static final long BLOCK_BYTES = 4 << 10;

    private static final int INDEX_PART_BYTES = 4 << 10;
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
        table.setCacheIndexAndFilterBlocks(true);
        table.setCacheIndexAndFilterBlocksWithHighPriority(true);
        table.setPinL0FilterAndIndexBlocksInCache(true);
        table.setIndexType(IndexType.kTwoLevelIndexSearch);
        table.setPartitionFilters(true);
        table.setMetadataBlockSize(INDEX_PART_BYTES);
        table.setPinTopLevelIndexAndFilter(true);
        table.setBlockCache(memory.cache());
        entries.setTableFormatConfig(table);
        entries.setCompactionStyle(CompactionStyle.UNIVERSAL);
        // Filters for the last level too: rows come and go, so look-ups that find nothing are common.
        entries.setOptimizeFiltersForHits(false);
        entries.setWriteBufferSize(WRITE_BUFFER_BYTES);
        entries.setMaxWriteBufferNumber(WRITE_BUFFERS);
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
