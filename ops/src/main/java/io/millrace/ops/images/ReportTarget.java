package io.millrace.ops.images;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.Target;
import io.millrace.ops.images.ImageFailure.Reason;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * Works on uploads and reports to their shards. Everything that is written says the same when it is written again; and it is written
 * only while the upload is there and has the picture that was worked on, so that a worker that comes late changes nothing. Used by
 * one thread.
 */
final class ReportTarget implements Target<Job>, AutoCloseable {
    private static final String CURRENT = "SELECT 1 FROM uploads WHERE upload_id = ? AND object = ? FOR SHARE";
    private static final String SUCCESS = "DELETE FROM failures WHERE upload_id = ? AND step = ?";
    private static final String FAILURE = """
            INSERT INTO failures (upload_id, step, object, reason, message) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (upload_id, step) DO UPDATE SET object = excluded.object, reason = excluded.reason,
                message = excluded.message, failed_at = now()
            WHERE (failures.object, failures.reason, failures.message)
                IS DISTINCT FROM (excluded.object, excluded.reason, excluded.message)
            """;
    private static final int MAX_MESSAGE = 500;
    private static final long NANOS_PER_MS = 1_000_000;

    private final Step step;
    private final ImageStore store;
    private final TimeLimit limit;
    private final Shards shards;
    private final Progress progress;
    private final int maxAttempts;
    private final Consumer<String> told;
    /** Why the last picture that cannot be worked on cannot be. */
    private Exception refused;
    /** The record that is in the dead letters and may not be reported yet. */
    private RecordPosition setAside;

    /**
     * A target.
     *
     * @param progress knows how often a picture was begun
     * @param maxAttempts how often it may be
     * @param told is told of each picture, in a line for people
     */
    ReportTarget(
            Step step,
            ImageStore store,
            TimeLimit limit,
            Shards shards,
            Progress progress,
            int maxAttempts,
            Consumer<String> told) {
        this.step = step;
        this.store = store;
        this.limit = limit;
        this.shards = shards;
        this.progress = progress;
        this.maxAttempts = maxAttempts;
        this.told = told;
    }

    @Override
    public SinkRecord record(Job job) {
        return job.record();
    }

    @Override
    public Exception rejection(Job job) {
        return job.rejection() == null && RecordPosition.of(job.record()).equals(setAside) ? refused : job.rejection();
    }

    @Override
    public void write(List<Job> batch) throws DeliveryFailure {
        for (Job job : batch) {
            if (rejection(job) != null) {
                refused = rejection(job);
                skip(job);
            } else if (job.upload().isPresent()) {
                work(job, job.upload().get());
            }
        }
    }

    private void work(Job job, Upload upload) throws DeliveryFailure {
        long started = System.nanoTime();
        String done;
        if (!report(upload, connection -> {})) {
            done = "passed over: it has another picture by now, or is gone";
        } else {
            Step.Result result = result(job, upload);
            report(upload, connection -> {
                result.write(connection, upload);
                try (PreparedStatement statement = connection.prepareStatement(SUCCESS)) {
                    statement.setLong(1, upload.id());
                    statement.setString(2, step.name());
                    statement.executeUpdate();
                }
            });
            done = result.summary();
        }
        told.accept(String.format(
                Locale.ROOT,
                "%s: upload %d: %s, %d ms",
                step.name(),
                upload.id(),
                done,
                (System.nanoTime() - started) / NANOS_PER_MS));
    }

    /** As {@link #inShard}; remembers a failure. */
    private boolean report(Upload upload, Shards.Work work) throws DeliveryFailure {
        try {
            return inShard(upload, work);
        } catch (DeliveryFailure e) {
            refused = e.reason();
            throw e;
        }
    }

    private Step.Result result(Job job, Upload upload) throws DeliveryFailure {
        if (!Memory.acquired()) {
            throw new DeliveryFailure(
                    FailureKind.TRANSIENT,
                    "other pictures take all the memory that this process has for pictures",
                    null);
        }
        try {
            return limit.within(() -> step.of(Picture.read(original(upload))));
        } catch (ImageFailure e) {
            int begun = begun(job);
            boolean again = e.reason().mayPass() && begun < maxAttempts;
            String message = again ? e.getMessage() : e.getMessage() + (begun > 1 ? ", " + begun + " times" : "");
            ImageFailure failure = new ImageFailure(e.reason(), step.name() + ": " + message, e);
            refused = failure;
            throw new DeliveryFailure(
                    again ? FailureKind.TRANSIENT : FailureKind.RECORD, failure.getMessage(), failure);
        } catch (IOException e) {
            throw new DeliveryFailure(FailureKind.TRANSIENT, "the store fails: " + e, e);
        } finally {
            Memory.release();
        }
    }

    private byte[] original(Upload upload) throws ImageFailure, IOException {
        Optional<byte[]> bytes = store.get(ImageStore.Kind.ORIGINAL, upload.object());
        if (bytes.isEmpty()) {
            throw new ImageFailure(Reason.MISSING, "the store does not have it");
        }
        if (bytes.get().length > ImageStore.MAX_BYTES) {
            throw new ImageFailure(
                    Reason.TOO_LARGE, "it has more than the " + ImageStore.MAX_BYTES + " bytes that are taken");
        }
        return bytes.get();
    }

    /** Does work in a transaction of the upload's shard, if the upload still has the picture; says whether it has. */
    private boolean inShard(Upload upload, Shards.Work work) throws DeliveryFailure {
        boolean[] current = new boolean[1];
        shards.transaction(upload.shard(), connection -> {
            current[0] = isCurrent(connection, upload);
            if (current[0]) {
                work.with(connection);
            }
        });
        return current[0];
    }

    private static boolean isCurrent(Connection connection, Upload upload) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CURRENT)) {
            statement.setLong(1, upload.id());
            statement.setString(2, upload.object());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Reports that the picture was set aside. */
    @Override
    public void skip(Job job) throws DeliveryFailure {
        if (job.upload().isEmpty()) {
            return;
        }
        setAside = RecordPosition.of(job.record());
        Upload upload = job.upload().get();
        String reason = SetAside.reason(refused);
        String message = text(SetAside.message(refused));
        inShard(upload, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(FAILURE)) {
                statement.setLong(1, upload.id());
                statement.setString(2, step.name());
                statement.setString(3, upload.object());
                statement.setString(4, reason);
                statement.setString(5, message);
                statement.executeUpdate();
            }
        });
        told.accept(step.name() + ": upload " + upload.id() + " set aside: " + message);
    }

    /** A failure's text as the row takes it, which says by itself whose it is. */
    private String text(String message) {
        String ofStep = step.name() + ": ";
        String text = message.startsWith(ofStep) ? message.substring(ofStep.length()) : message;
        return text.replace('\0', ' ').substring(0, Math.min(text.length(), MAX_MESSAGE));
    }

    @Override
    public void refresh() {
        shards.close();
    }

    private int begun(Job job) {
        RecordPosition position = RecordPosition.of(job.record());
        return progress.begun(position.partition(), position.offset());
    }

    @Override
    public void close() {
        shards.close();
    }
}
