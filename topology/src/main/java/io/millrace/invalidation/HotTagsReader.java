package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.schemas.Invalidation;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the hot tags follow the topic of invalidations, to which all instances write, on a thread of its own. */
final class HotTagsReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotTagsReader.class);
    private static final long PAUSE_MS = 1_000;
    private static final long CLOSE_MS = 5_000;

    private final String pipeline;
    private final Log log;
    private final HotTags tags;
    private final Thread thread;
    private volatile boolean closed;
    private String trouble = "";

    /** Where invalidations are read. */
    interface Log {
        /** Reads those of tags as they come, while that is wanted. */
        void follow(Consumer<Invalidation> told, BooleanSupplier wanted);
    }

    private HotTagsReader(CdnTopics topics, Log log, HotTags tags) {
        this.pipeline = topics.pipeline();
        this.log = log;
        this.tags = tags;
        this.thread = new Thread(this::run, topics.application() + "-hot-tags");
    }

    /** Begins to follow the topic, which is there. */
    static HotTagsReader start(PipelineConfig config, CdnTopics topics, HotTags tags) {
        return start(topics, (told, wanted) -> new InvalidationLog(config).followTags(told, wanted), tags);
    }

    static HotTagsReader start(CdnTopics topics, Log log, HotTags tags) {
        HotTagsReader reader = new HotTagsReader(topics, log, tags);
        reader.thread.setDaemon(true);
        reader.thread.start();
        return reader;
    }

    private void run() {
        while (!closed) {
            try {
                log.follow(this::told, () -> !closed);
            } catch (InterruptException e) {
                return;
            } catch (KafkaException | UserError e) {
                LOG.debug("hot tags are not known for now", e);
                pause();
            } catch (RuntimeException e) {
                // Without them caches keep what is popular for as long as anything else.
                if (!e.toString().equals(trouble)) {
                    LOG.warn("hot tags are not known for now", e);
                }
                trouble = e.toString();
                pause();
            }
        }
    }

    private void told(Invalidation invalidation) {
        // Pipelines may share the topic.
        if (invalidation.application().equals(pipeline)) {
            tags.told(invalidation);
        }
    }

    private void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(CLOSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
