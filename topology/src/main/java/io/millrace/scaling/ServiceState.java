package io.millrace.scaling;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a {@link DecisionEngine} remembers of a service: a value that can be stored and read back at any point, and then goes on
 * as if nothing had been. The forecast's is apart from it, since it is large and changes rarely.
 */
public final class ServiceState {
    static final long NEVER = Long.MIN_VALUE;
    private static final byte VERSION = 2;
    /** The first, which lacks what stands at its end since the second. */
    private static final byte FIRST_VERSION = 1;

    /** Is told what becomes of samples that are not sealed yet, so that they can be stored one by one. */
    interface Journal {
        /** Nothing is stored. */
        Journal NONE = new Journal() {
            @Override
            public void opened(SampleKey key, double value) {}

            @Override
            public void closed(SampleKey key) {}
        };

        void opened(SampleKey key, double value);

        void closed(SampleKey key);
    }

    /** Which value a sample is. In the order of time; values of one instance, metric and time are the same one. */
    record SampleKey(long timeMs, String name, String instance) implements Comparable<SampleKey> {
        private static final Comparator<SampleKey> ORDER = Comparator.comparingLong(SampleKey::timeMs)
                .thenComparing(SampleKey::name)
                .thenComparing(SampleKey::instance);

        @Override
        public int compareTo(SampleKey other) {
            return ORDER.compare(this, other);
        }
    }

    /** When an instance was first and last seen. */
    record Sighting(long firstMs, long lastMs) {}

    /** New instances, and when they are warm. */
    record Warming(int count, long warmAtMs) {}

    /** A number of instances at a time. */
    record Recommendation(long timeMs, int count) {}

    /** By how many instances a decision changed the number. */
    record Change(long timeMs, int by) {}

    /** What a rule said when it was last asked. */
    record Opinion(Kind kind, int demand, double exact, double value) {
        /** What an opinion is. */
        enum Kind {
            /** So many instances. */
            DEMAND,
            /** Nothing to say. */
            ABSTAIN,
            /** No fewer than there are. */
            HOLD
        }

        static final Opinion ABSTENTION = new Opinion(Kind.ABSTAIN, -1, Double.NaN, Double.NaN);
        static final Opinion NO_DATA = new Opinion(Kind.HOLD, -1, Double.NaN, Double.NaN);

        static Opinion demand(int demand, double exact, double value) {
            return new Opinion(Kind.DEMAND, demand, exact, value);
        }
    }

    /** The newest time of any sample. */
    long newestMs = NEVER;
    /** Everything before this is sealed. */
    long sealedToMs = NEVER;
    /** Samples that are not sealed yet. */
    private final TreeMap<SampleKey, Double> open = new TreeMap<>();

    private Journal journal = Journal.NONE;
    /** The earliest time of any sample, until the service begins. */
    long earliestMs = Long.MAX_VALUE;
    /** How many samples came too late since this was asked for last; not stored. */
    private int late;
    /** By metric, its sealed buckets. */
    final TreeMap<String, Deque<Bucket>> histories = new TreeMap<>();

    final TreeMap<String, Sighting> sightings = new TreeMap<>();
    final TreeMap<String, Opinion> opinions = new TreeMap<>();
    /** How many instances there are to be, those that warm up included; -1 before the first step. */
    int instances = -1;
    /** How many work, as whoever runs them said last; -1 where nobody has. */
    int reportedReady = -1;
    /** When that was said. */
    long reportedAtMs = NEVER;
    /** When something that forbids shrinking was last told to be underway; {@link #NEVER} where it was told to be over since. */
    long protectedAtMs = NEVER;

    final List<Warming> warming = new ArrayList<>();
    final SlidingExtreme highest = SlidingExtreme.highest();
    final SlidingExtreme lowest = SlidingExtreme.lowest();
    final Deque<Change> changes = new ArrayDeque<>();
    long lastOutMs = NEVER;
    long lastInMs = NEVER;
    boolean paused;
    /** The month whose costs are summed, counted since year 0. */
    int month = -1;

    double spent;
    String standing = "";
    /** What held a number back when something last did. */
    String heldBy = "";

    Forecast forecast;

    ServiceState(Forecast forecast) {
        this.forecast = forecast;
    }

    /** How many instances there are to be; -1 before the first step. */
    public int instances() {
        return instances;
    }

    /** The forecast's part of it. */
    public Forecast forecast() {
        return forecast;
    }

    /** Everything before this time is decided on. */
    public long sealedToMs() {
        return sealedToMs;
    }

    int warmingCount() {
        return warming.stream().mapToInt(Warming::count).sum();
    }

    /** How many instances do work, as far as is known. */
    int working() {
        int expected = Math.max(0, instances - warmingCount());
        // What was said before the number changed says nothing about those that are there since.
        boolean heeded = reportedReady >= 0 && reportedAtMs > Math.max(lastOutMs, lastInMs);
        return heeded ? Math.min(reportedReady, instances) : expected;
    }

    /** From now on this is told of samples. */
    void journal(Journal given) {
        journal = given;
    }

    /** Keeps a sample until its step is sealed; of those of one time, metric and instance the highest. */
    void keep(SampleKey key, double value) {
        Double before = open.get(key);
        if (before == null || value > before) {
            open.put(key, value);
            journal.opened(key, value);
        }
    }

    /** A sample that was stored before. */
    void restore(SampleKey key, double value) {
        open.put(key, value);
    }

    /** Those before a time, in order. */
    NavigableMap<SampleKey, Double> openBefore(long timeMs) {
        return open.headMap(new SampleKey(timeMs, "", ""), false);
    }

    /** They are needed no more. */
    void closeBefore(long timeMs) {
        NavigableMap<SampleKey, Double> closed = openBefore(timeMs);
        closed.keySet().forEach(journal::closed);
        closed.clear();
    }

    void tooLate() {
        late++;
    }

    /** How many samples came too late since this was last asked. */
    int takeLate() {
        int count = late;
        late = 0;
        return count;
    }

    /** The state as bytes, without the forecast's part, and with the samples that are not sealed. */
    public byte[] encode() {
        return encode(open);
    }

    /** The state as bytes, without the samples that are not sealed. */
    byte[] encodeSealed() {
        return encode(Map.of());
    }

    private byte[] encode(Map<SampleKey, Double> samples) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(newestMs);
            out.writeLong(sealedToMs);
            out.writeInt(samples.size());
            for (Map.Entry<SampleKey, Double> sample : samples.entrySet()) {
                out.writeLong(sample.getKey().timeMs());
                out.writeUTF(sample.getKey().name());
                out.writeUTF(sample.getKey().instance());
                out.writeDouble(sample.getValue());
            }
            writeHistories(out);
            writeOpinions(out);
            writeCounts(out);
            writeSinceSecond(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void writeHistories(DataOutputStream out) throws IOException {
        out.writeInt(histories.size());
        for (Map.Entry<String, Deque<Bucket>> history : histories.entrySet()) {
            out.writeUTF(history.getKey());
            out.writeInt(history.getValue().size());
            for (Bucket bucket : history.getValue()) {
                out.writeLong(bucket.endMs());
                out.writeDouble(bucket.sum());
                out.writeInt(bucket.reporting());
                out.writeBoolean(bucket.named());
                out.writeInt(bucket.working());
                out.writeDouble(bucket.minimum());
                out.writeDouble(bucket.maximum());
                out.writeInt(bucket.values().length);
                for (double value : bucket.values()) {
                    out.writeDouble(value);
                }
            }
        }
    }

    private void writeOpinions(DataOutputStream out) throws IOException {
        out.writeInt(sightings.size());
        for (Map.Entry<String, Sighting> sighting : sightings.entrySet()) {
            out.writeUTF(sighting.getKey());
            out.writeLong(sighting.getValue().firstMs());
            out.writeLong(sighting.getValue().lastMs());
        }
        out.writeInt(opinions.size());
        for (Map.Entry<String, Opinion> opinion : opinions.entrySet()) {
            out.writeUTF(opinion.getKey());
            out.writeUTF(opinion.getValue().kind().name());
            out.writeInt(opinion.getValue().demand());
            out.writeDouble(opinion.getValue().exact());
            out.writeDouble(opinion.getValue().value());
        }
    }

    private void writeCounts(DataOutputStream out) throws IOException {
        out.writeInt(instances);
        out.writeInt(reportedReady);
        out.writeInt(warming.size());
        for (Warming each : warming) {
            out.writeInt(each.count());
            out.writeLong(each.warmAtMs());
        }
        highest.write(out);
        lowest.write(out);
        out.writeInt(changes.size());
        for (Change change : changes) {
            out.writeLong(change.timeMs());
            out.writeInt(change.by());
        }
        out.writeLong(lastOutMs);
        out.writeLong(lastInMs);
        out.writeBoolean(paused);
        out.writeInt(month);
        out.writeDouble(spent);
        out.writeUTF(standing);
        out.writeUTF(heldBy);
    }

    private void writeSinceSecond(DataOutputStream out) throws IOException {
        out.writeLong(earliestMs);
        out.writeLong(reportedAtMs);
        out.writeLong(protectedAtMs);
        out.writeBoolean(forecast != null);
        if (forecast != null) {
            forecast.writeOpenStep(out);
        }
    }

    private void readSinceSecond(DataInputStream in) throws IOException {
        earliestMs = in.readLong();
        reportedAtMs = in.readLong();
        protectedAtMs = in.readLong();
        if (in.readBoolean() && forecast != null) {
            forecast.readOpenStep(in);
        }
    }

    /** The state from its bytes and the forecast's. */
    public static ServiceState decode(byte[] bytes, Forecast forecast) {
        ServiceState state = new ServiceState(forecast);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte version = in.readByte();
            if (version != VERSION && version != FIRST_VERSION) {
                throw new IllegalStateException("a state of version " + version + " cannot be read");
            }
            state.newestMs = in.readLong();
            state.sealedToMs = in.readLong();
            for (int left = in.readInt(); left > 0; left--) {
                SampleKey key = new SampleKey(in.readLong(), in.readUTF(), in.readUTF());
                state.open.put(key, in.readDouble());
            }
            state.readHistories(in);
            state.readOpinions(in);
            state.readCounts(in);
            if (version != FIRST_VERSION) {
                state.readSinceSecond(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return state;
    }

    private void readHistories(DataInputStream in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            String metric = in.readUTF();
            Deque<Bucket> history = new ArrayDeque<>();
            for (int buckets = in.readInt(); buckets > 0; buckets--) {
                long endMs = in.readLong();
                double sum = in.readDouble();
                int reporting = in.readInt();
                boolean named = in.readBoolean();
                int working = in.readInt();
                double minimum = in.readDouble();
                double maximum = in.readDouble();
                double[] values = new double[in.readInt()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = in.readDouble();
                }
                history.add(new Bucket(endMs, sum, reporting, named, working, minimum, maximum, values));
            }
            histories.put(metric, history);
        }
    }

    private void readOpinions(DataInputStream in) throws IOException {
        for (int left = in.readInt(); left > 0; left--) {
            sightings.put(in.readUTF(), new Sighting(in.readLong(), in.readLong()));
        }
        for (int left = in.readInt(); left > 0; left--) {
            opinions.put(
                    in.readUTF(),
                    new Opinion(Opinion.Kind.valueOf(in.readUTF()), in.readInt(), in.readDouble(), in.readDouble()));
        }
    }

    private void readCounts(DataInputStream in) throws IOException {
        instances = in.readInt();
        reportedReady = in.readInt();
        for (int left = in.readInt(); left > 0; left--) {
            warming.add(new Warming(in.readInt(), in.readLong()));
        }
        highest.read(in);
        lowest.read(in);
        for (int left = in.readInt(); left > 0; left--) {
            changes.add(new Change(in.readLong(), in.readInt()));
        }
        lastOutMs = in.readLong();
        lastInMs = in.readLong();
        paused = in.readBoolean();
        month = in.readInt();
        spent = in.readDouble();
        standing = in.readUTF();
        heldBy = in.readUTF();
    }
}
