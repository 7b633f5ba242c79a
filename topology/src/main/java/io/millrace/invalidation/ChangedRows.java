package io.millrace.invalidation;

import io.micrometer.core.instrument.Counter;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.CombinedChanges;
import io.millrace.cdn.RowTargets;
import io.millrace.cdn.Target;
import io.millrace.cdn.TargetChange;
import io.millrace.cdn.TargetCodec;
import io.millrace.cdn.TargetId;
import io.millrace.runtime.CommitPacer;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceRecordError;
import io.millrace.runtime.source.ViewRecordDecoder;
import io.millrace.runtime.source.ViewRecordDecoder.ViewRecord;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes of a view's changed rows what they invalidate, and sends that to where all changes of a target meet. Used by one task. */
final class ChangedRows implements Processor<byte[], byte[], byte[], byte[]> {
    private static final Logger LOG = LoggerFactory.getLogger(ChangedRows.class);

    /** For so long what many rows do to one target is put together. */
    private static final Duration TICK = Duration.ofMillis(10);

    private final List<FollowedView> views;
    private final CdnTopics topics;
    private final SchemaLookup schemas;
    private final CdnMeters meters;
    private final CommitPacer pacer;
    private final boolean taggedUrls;
    private final TargetCodec codec = new TargetCodec();
    private final Map<String, Source> sources = new HashMap<>();
    private ProcessorContext<byte[], byte[]> context;
    private CombinedChanges combined;
    private Cancellable ticking;

    ChangedRows(List<FollowedView> views, CdnTopics topics, SchemaLookup schemas, CdnMeters meters, CommitPacer pacer) {
        this.views = views;
        this.topics = topics;
        this.schemas = schemas;
        this.meters = meters;
        this.pacer = pacer;
        this.taggedUrls = topics.haveTaggedUrls();
    }

    /** A topic that is read: a view's, or one of what is to be read again. */
    private record Source(List<Reader> readers, List<Follower> followers) {}

    /** Reads records of a version of a view. */
    private record Reader(ViewRecordDecoder decoder, Map<String, List<RowTargets>> targets) {}

    /** A sink with its counters. */
    private record Follower(CdnSink sink, Counter changes, Counter purgingNothing) {}

    /** A record as one version reads it. */
    private record Reading(Reader reader, ViewRecord change) {}

    @Override
    public void init(ProcessorContext<byte[], byte[]> processorContext) {
        context = processorContext;
        combined = new CombinedChanges(this::send);
        ticking = null;
        sources.clear();
        for (FollowedView view : views) {
            List<Follower> followers = new ArrayList<>();
            for (CdnSink sink : view.sinks()) {
                followers.add(new Follower(sink, meters.changes(sink.name()), meters.purgingNothing(sink.name())));
            }
            List<Reader> readers = view.versions().stream()
                    .map(version -> reader(view, version))
                    .toList();
            sources.put(topics.view(view.name()), new Source(readers, followers));
            for (Follower each : followers) {
                sources.put(topics.replays(each.sink.name()), new Source(readers, List.of(each)));
            }
        }
    }

    private Reader reader(FollowedView view, FollowedView.Version version) {
        Map<String, List<RowTargets>> targets = new HashMap<>();
        view.sinks().forEach(sink -> targets.put(sink.name(), version.targets(sink)));
        return new Reader(version.decoder(view.name(), schemas), targets);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        if (record.value() == null) {
            // The deletion came before it.
            return;
        }
        RecordMetadata from = context.recordMetadata().orElseThrow();
        Source source = sources.get(from.topic());
        try {
            read(source, record);
        } catch (SourceRecordError error) {
            source.followers.forEach(each -> setAside(each.sink.name(), record, from, error));
        }
        pacer.changed(context);
    }

    /** By all versions whose columns the record has; by the newest, as far as it can be read, if there is none. */
    private void read(Source source, Record<byte[], byte[]> record) throws SourceRecordError {
        List<Reading> readings = new ArrayList<>();
        for (Reader reader : source.readers) {
            readings.add(new Reading(reader, reader.decoder.decode(record.value())));
        }
        Reading newest = readings.get(0);
        readings.removeIf(each -> !each.change.exact());
        if (readings.isEmpty()) {
            readings.add(newest);
        }
        for (Follower each : source.followers) {
            each.changes.increment();
            String sink = each.sink.name();
            RowTargets.Invalidated invalidated = invalidated(sink, readings);
            if (invalidated.targets().isEmpty()) {
                each.purgingNothing.increment();
            }
            for (Target target : invalidated.targets()) {
                if (target.tagged() && !taggedUrls) {
                    continue;
                }
                TargetId id = new TargetId(sink, target.kind(), target.text());
                combined.add(
                        new TargetChange(id, target.tagged(), invalidated.reason(), newest.change.origin(), 1),
                        pacer.transaction());
            }
        }
        if (combined.isHolding() && ticking == null) {
            ticking = context.schedule(TICK, PunctuationType.WALL_CLOCK_TIME, nowMs -> sendWhatIsHeld());
        }
    }

    private void sendWhatIsHeld() {
        if (combined.isHolding()) {
            combined.flush();
            pacer.changed(context);
        } else {
            ticking.cancel();
            ticking = null;
        }
    }

    private static RowTargets.Invalidated invalidated(String sink, List<Reading> readings) {
        Map<String, Target> targets = new LinkedHashMap<>();
        String reason = "";
        for (Reading reading : readings) {
            for (RowTargets by : reading.reader.targets.get(sink)) {
                RowTargets.Invalidated some = by.of(reading.change.before(), reading.change.after());
                some.targets().forEach(target -> targets.merge(target.key(), target, Target::and));
                reason = reason.isEmpty() ? some.reason() : reason;
            }
        }
        return new RowTargets.Invalidated(List.copyOf(targets.values()), reason);
    }

    private void send(TargetChange change) {
        byte[] key = change.id().key().getBytes(StandardCharsets.UTF_8);
        context.forward(
                new Record<>(key, codec.change(change), context.currentSystemTimeMs()), CdnTopology.TO_EXCHANGE);
    }

    private void setAside(String sink, Record<byte[], byte[]> record, RecordMetadata from, SourceRecordError error) {
        String reason = error.reason().name().toLowerCase(Locale.ROOT);
        Headers headers = new RecordHeaders(record.headers());
        DeadLetterHeaders.setPlace(headers, from.topic(), from.partition(), from.offset());
        DeadLetterHeaders.setFailure(
                headers, reason, error.getMessage(), context.currentSystemTimeMs(), topics.application());
        DeadLetterHeaders.set(
                headers, DeadLetterHeaders.EXCEPTION, error.getClass().getName());
        if (headers.lastHeader(ReplayHeaders.SOURCE) == null) {
            DeadLetterHeaders.set(
                    headers,
                    ReplayHeaders.SOURCE,
                    new ReplayHeaders.Place(from.topic(), from.partition(), from.offset()).toString());
        }
        String topic = topics.deadLetters(sink);
        context.forward(
                new Record<>(record.key(), record.value(), context.currentSystemTimeMs(), headers),
                CdnTopology.toDeadLetters(sink));
        meters.deadLetters(topic, reason).increment();
        LOG.warn("set aside in {} ({}): {}", topic, reason, error.getMessage());
    }
}
