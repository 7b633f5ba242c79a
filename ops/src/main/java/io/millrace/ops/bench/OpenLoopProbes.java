package io.millrace.ops.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes photos at fixed moments, whatever became of the changes before, and looks over HTTP when each can be read: what is
 * not shown for a while holds no later change back. Meanwhile every photo is asked for again and again, so that one that is not
 * answered is noticed.
 */
final class OpenLoopProbes implements AutoCloseable {
    private static final long ASK_AGAIN_NANOS = 1_000_000L;
    private static final int ASKS_PER_IDLE_ASK = 4;
    private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(2);
    private static final Pattern SHOWN = Pattern.compile("\"probe-(\\d+)-\"");

    private final Connection connection;
    private final int port;
    private final int perSecond;
    private final List<Photo> photos = new ArrayList<>();
    private final List<Probe> done = new ArrayList<>();
    private final Thread writer = new Thread(this::write, "probes");
    private final Thread reader = new Thread(this::read, "probes-seen");
    private int next;
    private volatile boolean stopping;
    private volatile boolean stopped;
    private volatile Exception failure;

    /**
     * A change and when it could be read.
     *
     * @param photo which one it changed
     */
    record Probe(int photo, long committedNanos, long seenNanos) {
        long latencyNanos() {
            return seenNanos - committedNanos;
        }
    }

    private record Pending(int number, long committedNanos) {}

    /** A photo, with the changes of it that nobody has seen yet. */
    private static final class Photo {
        private final int id;
        private final Deque<Pending> pending = new ArrayDeque<>();
        private long answeredNanos = System.nanoTime();
        private long longestGapNanos;

        Photo(int id) {
            this.id = id;
        }
    }

    /**
     * Begins.
     *
     * @param connection of the database; used by this alone until it is closed
     * @param port whom to ask
     * @param firstNumber the first change's, larger than those before
     */
    OpenLoopProbes(Connection connection, int port, int perSecond, int firstPhoto, int photoCount, int firstNumber) {
        this.connection = connection;
        this.port = port;
        this.perSecond = perSecond;
        this.next = firstNumber;
        for (int i = 0; i < photoCount; i++) {
            photos.add(new Photo(firstPhoto + i));
        }
        writer.setDaemon(true);
        reader.setDaemon(true);
        writer.start();
        reader.start();
    }

    private void write() {
        long start = System.nanoTime();
        try (PreparedStatement update =
                connection.prepareStatement("UPDATE photos SET caption = ? WHERE photo_id = ?")) {
            for (int i = 0; !stopping; i++) {
                long due = start + i * 1_000_000_000L / perSecond;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                Photo photo = photos.get(next % photos.size());
                update.setString(1, "probe-" + next + "-");
                update.setInt(2, photo.id);
                update.executeUpdate();
                Pending pending = new Pending(next++, System.nanoTime());
                synchronized (photo) {
                    photo.pending.add(pending);
                }
            }
        } catch (SQLException e) {
            failure = e;
        }
    }

    private void read() {
        KeepAliveConnection http = null;
        int idle = 0;
        for (int round = 0; !stopped; round++) {
            try {
                if (http == null) {
                    http = new KeepAliveConnection(port);
                }
                for (Photo photo : photos) {
                    if (isPending(photo)) {
                        look(http, photo);
                    }
                }
                if (round % ASKS_PER_IDLE_ASK == 0) {
                    look(http, photos.get(idle++ % photos.size()));
                }
            } catch (IOException e) {
                http = null;
            } catch (RuntimeException e) {
                failure = e;
                return;
            }
            LockSupport.parkNanos(ASK_AGAIN_NANOS);
        }
    }

    private static boolean isPending(Photo photo) {
        synchronized (photo) {
            return !photo.pending.isEmpty();
        }
    }

    private void look(KeepAliveConnection http, Photo photo) throws IOException {
        KeepAliveConnection.Answer answer = http.get("/v1/views/owned_photo/" + photo.id);
        long now = System.nanoTime();
        if (answer.status() != 200) {
            return;
        }
        Matcher shown = SHOWN.matcher(new String(answer.body(), StandardCharsets.UTF_8));
        int number = shown.find() ? Integer.parseInt(shown.group(1)) : -1;
        synchronized (photo) {
            photo.longestGapNanos = Math.max(photo.longestGapNanos, now - photo.answeredNanos);
            photo.answeredNanos = now;
            while (!photo.pending.isEmpty() && photo.pending.peek().number <= number) {
                Probe probe = new Probe(photo.id, photo.pending.poll().committedNanos, now);
                synchronized (done) {
                    done.add(probe);
                }
            }
        }
    }

    /** Makes no more changes, and waits until those that were made can be read. */
    void finish() throws InterruptedException {
        stopping = true;
        writer.join();
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (failure == null && photos.stream().anyMatch(OpenLoopProbes::isPending)) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("changes are not shown after two minutes");
            }
            Thread.sleep(1);
        }
        stopped = true;
        reader.join();
        if (failure != null) {
            throw new IllegalStateException("the probes failed", failure);
        }
    }

    /** The changes that have been seen. */
    List<Probe> seen() {
        synchronized (done) {
            return List.copyOf(done);
        }
    }

    /** The longest time between two answers about the same photo. */
    long longestGapNanos() {
        long longest = 0;
        for (Photo photo : photos) {
            synchronized (photo) {
                longest = Math.max(longest, photo.longestGapNanos);
            }
        }
        return longest;
    }

    /** The number after the last change's. */
    int nextNumber() {
        return next;
    }

    @Override
    public void close() {
        stopping = true;
        stopped = true;
    }
}
