package io.millrace.invalidation;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the hot tags follow the topic of invalidations, to which all instances write, on a thread of its own. */
final class HotTagsReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HotTagsReader.class);
    private static final long PAUSE_MS = 1_000;
    private static final long CLOSE_MS = 5_000;

    private final PipelineConfig config;
    private final HotTags tags;
    private final Thread thread;
    private volatile boolean closed;

    private HotTagsReader(PipelineConfig config, CdnTopics topics, HotTags tags) {
        this.config = config;
        this.tags = tags;
        this.thread = new Thread(this::run, topics.application() + "-hot-tags");
    }

    /** Begins to follow the topic, which is there. */
    static HotTagsReader start(PipelineConfig config, CdnTopics topics, HotTags tags) {
        HotTagsReader reader = new HotTagsReader(config, topics, tags);
        reader.thread.setDaemon(true);
        reader.thread.start();
        return reader;
    }

    private void run() {
        String application = config.get(PipelineConfig.APPLICATION_ID);
        while (!closed) {
            try {
                new InvalidationLog(config)
                        .followTags(
                                told -> {
                                    if (told.application().equals(application)) {
                                        tags.told(told);
                                    }
                                },
                                () -> !closed);
            } catch (InterruptException e) {
                return;
            } catch (KafkaException | UserError e) {
                // Without them caches keep what is popular as long as anything else.
                LOG.debug("hot tags are not known for now", e);
                pause();
            }
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
