package io.millrace.runtime;

import io.millrace.operator.ServedRows;
import io.millrace.plan.PlanNode;
import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Row;
import io.millrace.row.RowCodec;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceRecordError;
import io.millrace.runtime.source.ViewRecordDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows that a partition of a view's topic leads its readers to, in the order of the view's key; on disk, in a folder of its
 * own that goes when it is closed. Read once, from the first to the last. Used by one thread at a time.
 */
final class PublishedRows implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PublishedRows.class);
    private static final long WRITE_BUFFER_BYTES = 8L << 20;

    private final Path directory;
    private final ServedRows served;
    private final RowCodec codec;
    private final ViewRecordDecoder decoder;
    private final Options options = new Options().setCreateIfMissing(true).setWriteBufferSize(WRITE_BUFFER_BYTES);
    /** What is lost with a crash is read again. */
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);

    private final RocksDB rows;
    private RocksIterator next;

    /**
     * A row as the topic has it.
     *
     * @param viewKey the key under which the view keeps it
     * @param topicKey the key under which the topic has it
     * @param row the row, in the view's columns
     * @param exact whether all of it could be read; else some columns are NULL because they were of other types
     */
    record Published(byte[] viewKey, byte[] topicKey, Row row, boolean exact) {}

    /**
     * None yet.
     *
     * @param directory the folder, which is made anew
     */
    PublishedRows(PlanNode.View view, Path directory, SchemaLookup schemas) throws IOException, RocksDBException {
        this.directory = directory;
        this.served = ServedRows.of(view);
        this.codec = RowCodec.of(view.types());
        this.decoder = ViewRecordDecoder.ofAnyVersion(view.name(), StageResources.columns(view), view.key(), schemas);
        RocksDB.loadLibrary();
        TaskDirectories.delete(directory);
        Files.createDirectories(directory);
        this.rows = RocksDB.open(options, directory.toString());
    }

    /** Takes the topic's next record. */
    void take(byte[] topicKey, byte[] value) throws RocksDBException {
        ViewRecordDecoder.ViewRecord change;
        try {
            change = decoder.decode(value);
        } catch (SourceRecordError e) {
            LOG.error("a record that is not the view's is in the topic of {}: {}", directory, e.getMessage());
            return;
        }
        if (change == null) {
            // A tombstone follows the deletion that said so.
            return;
        }
        Row row = change.after() == null ? change.before() : change.after();
        byte[] viewKey = served.keyOf(row);
        ByteWriter key = new ByteWriter(viewKey.length + topicKey.length);
        key.putBytes(viewKey);
        key.putBytes(topicKey);
        if (change.after() == null) {
            rows.delete(unlogged, key.toByteArray());
            return;
        }
        ByteWriter stored = new ByteWriter(256);
        stored.putInt(viewKey.length);
        stored.putByte(change.exact() ? 1 : 0);
        stored.putBytes(codec.encode(row));
        rows.put(unlogged, key.toByteArray(), stored.toByteArray());
    }

    /** Takes note that all has been taken, and goes to the first row. */
    void begin() {
        next = rows.newIterator();
        next.seekToFirst();
    }

    /** The next row; null if there is none. */
    Published peek() {
        if (!next.isValid()) {
            return null;
        }
        byte[] key = next.key();
        ByteReader value = new ByteReader(next.value());
        int viewKeyBytes = value.readInt();
        boolean exact = value.readByte() == 1;
        return new Published(
                Arrays.copyOf(key, viewKeyBytes),
                Arrays.copyOfRange(key, viewKeyBytes, key.length),
                codec.decode(value),
                exact);
    }

    /** Goes on to the row after. */
    void advance() {
        next.next();
    }

    @Override
    public void close() {
        if (next != null) {
            next.close();
        }
        rows.close();
        unlogged.close();
        options.close();
        TaskDirectories.delete(directory);
    }
}
