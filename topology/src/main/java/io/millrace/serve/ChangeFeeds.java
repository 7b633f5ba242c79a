package io.millrace.serve;

import io.millrace.catalog.UserError;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.ViewChanges;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All open change feeds. Thread-safe. */
final class ChangeFeeds implements AutoCloseable {
    /** How many feeds may be open. */
    static final int MAX_OPEN = 1_000;

    /** How many feeds may be brought up to the present at the same time; each takes a thread and a consumer. */
    static final int MAX_REPLAYS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeeds.class);
    /** How often a feed without changes says that it is alive. */
    static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** For how long a server that closes waits for readers to be told so. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private static final String LAST_EVENT_ID = "Last-Event-ID";

    private final ViewStore store;
    private final Set<ChangeFeed> open = ConcurrentHashMap.newKeySet();
    private final Semaphore places = new Semaphore(MAX_OPEN);
    private final Semaphore replays = new Semaphore(MAX_REPLAYS);
    private final ScheduledExecutorService clock;

    ChangeFeeds(ViewStore store, Duration heartbeat) {
        this.store = store;
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "change-feeds");
            thread.setDaemon(true);
            return thread;
        });
        ScheduledFuture<?> unused = clock.scheduleAtFixedRate(
                () -> open.forEach(ChangeFeed::heartbeat),
                heartbeat.toMillis(),
                heartbeat.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /**
     * Opens a feed as the answer to a request: of all changes from now on or after {@code Last-Event-ID}, or of those whose
     * keys begin with the values of the parameters {@code key}.
     */
    void open(ServedView view, Request request, Response response, Callback callback) throws NotReady {
        List<String> keys =
                Request.extractQueryParameters(request, StandardCharsets.UTF_8).getValuesOrEmpty("key");
        byte[] prefix = view.encodedPrefix(view.key(keys));
        String id = request.getHeaders().get(LAST_EVENT_ID);
        int partitions = store.held(view.view()).allPartitions();
        long[] from = id == null ? null : FeedPosition.parse(id, partitions);
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        if (HttpMethod.HEAD.is(request.getMethod())) {
            callback.succeeded();
            return;
        }
        if (!places.tryAcquire()) {
            throw NotReady.moving(MAX_OPEN + " change feeds are open already");
        }
        ChangeFeed feed = new ChangeFeed(view, prefix, response, callback, this::closed);
        open.add(feed);
        try {
            begin(view, feed, from);
        } catch (UserError | NotReady | KafkaException | IllegalStateException e) {
            fail(view, feed, response, e);
        }
    }

    private void begin(ServedView view, ChangeFeed feed, long[] from) throws NotReady {
        ViewChanges.Subscription subscription = store.subscribe(view.view(), feed);
        feed.subscribed(subscription);
        if (from == null) {
            feed.startAt(subscription.start());
        } else {
            feed.startAt(from);
            replay(view, feed, from, subscription.start());
        }
        feed.present();
    }

    private void replay(ServedView view, ChangeFeed feed, long[] from, long[] to) throws NotReady {
        if (!replays.tryAcquire()) {
            throw NotReady.moving(MAX_REPLAYS + " change feeds are being brought up to the present already");
        }
        try {
            store.replay(view.view(), from, to, feed.past(), feed::open);
        } finally {
            replays.release();
        }
    }

    /** A reader who has got events already can only be told by another one. */
    private static void fail(ServedView view, ChangeFeed feed, Response response, Exception failure) throws NotReady {
        String message = failure instanceof UserError || failure instanceof NotReady
                ? failure.getMessage()
                : "the changes of view " + view.view().name() + " cannot be read now";
        if (response.isCommitted()) {
            feed.ended(message);
            return;
        }
        feed.abandon();
        if (failure instanceof UserError error) {
            throw error;
        }
        LOG.warn("a change feed of {} could not be opened", view.view().name(), failure);
        throw NotReady.moving(message);
    }

    private void closed(ChangeFeed feed) {
        open.remove(feed);
        places.release();
    }

    /** Ends all feeds, and waits a moment until their readers have been told. */
    @Override
    public void close() {
        clock.shutdownNow();
        open.forEach(feed -> feed.ended("the server is closing; go on after the last event's id"));
        try {
            if (!places.tryAcquire(MAX_OPEN, FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.info(
                        "{} change feeds are cut off: their readers are too slow to be told that the server is closing",
                        open.size());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
