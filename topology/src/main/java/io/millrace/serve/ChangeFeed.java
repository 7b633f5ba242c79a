package io.millrace.serve;

import io.millrace.catalog.SqlType;
import io.millrace.row.KeyRange;
import io.millrace.row.RowJson;
import io.millrace.runtime.ViewChanges;
import io.millrace.runtime.ViewChanges.Change;
import io.millrace.runtime.ViewChanges.Subscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * One reader's feed of a view's changes, as Server-Sent Events. Events wait in a bounded queue while the reader takes
 * earlier ones; when it is full, the feed ends with an event that says so, and the reader may go on after the last event
 * that it got. No thread waits for a reader, except while a feed is brought up to the present. Thread-safe.
 */
final class ChangeFeed implements Subscriber {
    /** How many events wait for a reader at most. */
    static final int MAX_WAITING = 1_000;

    private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final long ROOM_LOOK_MS = 100;

    private final ServedView view;
    private final byte[] prefix;
    private final Consumer<ChangeFeed> closed;
    private final Writing writing;
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    /** Changes that came while those before them are still being read; null once there are none to be read. */
    private List<Change> held = new ArrayList<>();

    private long[] next;
    private boolean ending;
    private boolean over;
    private ViewChanges.Subscription subscription;

    /**
     * A feed.
     *
     * @param prefix the encoded front of the keys that it is about
     * @param closed is run when it is over, once
     */
    ChangeFeed(ServedView view, byte[] prefix, Response response, Callback callback, Consumer<ChangeFeed> closed) {
        this.view = view;
        this.prefix = prefix;
        this.closed = closed;
        this.writing = new Writing(response, callback);
    }

    /** Says from where on the reader is to be told changes. */
    synchronized void startAt(long[] from) {
        next = from.clone();
    }

    /** Takes what ends the subscription, to be closed when the feed is over. */
    void subscribed(ViewChanges.Subscription made) {
        synchronized (this) {
            subscription = made;
            if (!over) {
                return;
            }
        }
        made.close();
    }

    /** Takes changes from before the subscription; waits while the reader is slow. */
    Subscriber past() {
        return new Subscriber() {
            @Override
            public void changed(Change change) {
                changedBefore(change);
            }

            @Override
            public void ended(String reason) {
                ChangeFeed.this.ended(reason);
            }
        };
    }

    private void changedBefore(Change change) {
        synchronized (this) {
            while (!ending && waiting.size() >= MAX_WAITING) {
                try {
                    wait(ROOM_LOOK_MS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    end("the server is closing");
                }
            }
            offer(change);
        }
        writing.iterate();
    }

    /** Tells that the reader knows all so far, then what came in the meantime; from now on changes as they come. */
    void present() {
        synchronized (this) {
            waiting.add(event("ready", "{}"));
            List<Change> all = held;
            held = null;
            all.forEach(this::offer);
        }
        writing.iterate();
    }

    @Override
    public void changed(Change change) {
        synchronized (this) {
            if (held == null) {
                offer(change);
            } else if (held.size() < MAX_WAITING) {
                held.add(change);
            } else {
                end(slow());
            }
        }
        writing.iterate();
    }

    @Override
    public void ended(String reason) {
        synchronized (this) {
            end(reason);
        }
        writing.iterate();
    }

    /** Sends a comment, so that nobody between takes the connection for dead, and so that a reader who left is noticed. */
    void heartbeat() {
        synchronized (this) {
            if (held == null && waiting.isEmpty() && !ending) {
                waiting.add(HEARTBEAT);
            }
        }
        writing.iterate();
    }

    /** Whether somebody may still read it. */
    synchronized boolean open() {
        return !ending;
    }

    private void offer(Change change) {
        if (ending || change.offset() < next[change.partition()]) {
            return;
        }
        if (waiting.size() >= MAX_WAITING) {
            end(slow());
            return;
        }
        next[change.partition()] = change.offset() + 1;
        if (KeyRange.startsWith(view.encodedPrefix(change.key().toArray()), prefix)) {
            waiting.add(event(kind(change), data(change)));
        }
    }

    private void end(String reason) {
        if (!ending) {
            ending = true;
            StringBuilder data = new StringBuilder("{\"reason\":");
            RowJson.appendValue(data, SqlType.TEXT, reason);
            waiting.add(("event: end\ndata: " + data + "}\n\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String slow() {
        return "more than " + MAX_WAITING + " changes waited for you to read them; go on after the last event's id";
    }

    private byte[] event(String kind, String data) {
        String id = FeedPosition.write(next);
        return ("event: " + kind + "\nid: " + id + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String kind(Change change) {
        return change.after() == null ? "delete" : change.before() == null ? "insert" : "update";
    }

    private String data(Change change) {
        StringBuilder out = new StringBuilder("{\"key\":");
        view.appendKey(out, change.key());
        if (change.before() != null) {
            view.append(out.append(",\"before\":"), change.before());
        }
        if (change.after() != null) {
            view.append(out.append(",\"after\":"), change.after());
        }
        return out.append('}').toString();
    }

    private synchronized byte[] take() {
        notifyAll();
        return waiting.poll();
    }

    /** Ends it without a word to the reader, who is gone or was never there. */
    void abandon() {
        ViewChanges.Subscription made;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            ending = true;
            waiting.clear();
            notifyAll();
            made = subscription;
        }
        if (made != null) {
            made.close();
        }
        closed.accept(this);
    }

    /** Writes one event after the other, each when the one before has left. */
    private final class Writing extends IteratingCallback {
        private final Response response;
        private final Callback callback;

        Writing(Response response, Callback callback) {
            this.response = response;
            this.callback = callback;
        }

        @Override
        protected Action process() {
            byte[] event = take();
            if (event != null) {
                response.write(false, ByteBuffer.wrap(event), this);
                return Action.SCHEDULED;
            }
            if (open()) {
                return Action.IDLE;
            }
            return Action.SUCCEEDED;
        }

        @Override
        protected void onCompleteSuccess() {
            response.write(true, BufferUtil.EMPTY_BUFFER, callback);
            abandon();
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            callback.failed(cause);
            abandon();
        }
    }
}
