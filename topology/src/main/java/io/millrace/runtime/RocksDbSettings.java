package io.millrace.runtime;

import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.IndexType;
import org.rocksdb.Options;

/**
 * How each RocksDB store is opened: shared memory, whole-key bloom filters (most look-ups of a new row's key find
 * nothing), indexes and filters in parts, top levels uncompressed. Whole, a file's filter is a block of more than a megabyte, and
 * where the cache cannot hold those of all files each look-up reads one: at ten million rows a change cost ten times as much. There is no prefix extractor and so no prefix bloom filter: Kafka Streams reads whole
 * ranges with plain read options, which would then skip files. Made by Kafka Streams by its name.
 */
public final class RocksDbSettings implements RocksDBConfigSetter {
    /** Where the application leaves its {@link RocksDbMemory} among the configuration's values. */
    static final String MEMORY = "millrace.rocksdb.memory";

    private static final double BLOOM_BITS_PER_KEY = 10;
    /** Of large state most look-ups unpack a block that the cache has not: halved from 8 KiB, ten million rows went from 2.2 to 1.7 times. */
    private static final long BLOCK_BYTES = 4 << 10;

    private static final int INDEX_PART_BYTES = 4 << 10;
    private static final long WRITE_BUFFER_BYTES = 16L << 20;
    private static final int WRITE_BUFFERS = 3;
    private static final List<CompressionType> COMPRESSION_PER_LEVEL = List.of(
            CompressionType.NO_COMPRESSION,
            CompressionType.NO_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION,
            CompressionType.LZ4_COMPRESSION);

    private BloomFilter filter;

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        filter = new BloomFilter(BLOOM_BITS_PER_KEY);
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
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
        if (configs.get(MEMORY) instanceof RocksDbMemory memory) {
            table.setBlockCache(memory.cache());
            options.setWriteBufferManager(memory.writeBuffers());
        }
        options.setTableFormatConfig(table);
        // Filters for the last level too: rows come and go, so look-ups that find nothing are common.
        options.setOptimizeFiltersForHits(false);
        options.setWriteBufferSize(WRITE_BUFFER_BYTES);
        options.setMaxWriteBufferNumber(WRITE_BUFFERS);
        options.setCompressionPerLevel(COMPRESSION_PER_LEVEL);
    }

    @Override
    public void close(String storeName, Options options) {
        filter.close();
    }
}
