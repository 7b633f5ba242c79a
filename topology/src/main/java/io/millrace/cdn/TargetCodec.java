package io.millrace.cdn;

import io.millrace.row.ByteReader;
import io.millrace.row.ByteWriter;
import io.millrace.row.Origin;
import io.millrace.schemas.Invalidation.TargetKind;
import java.nio.charset.StandardCharsets;

/** Targets as bytes, on their way to where they meet and while they are pending. Used by one thread. */
public final class TargetCodec {
    /** Which form it is: another one may come. */
    private static final int VERSION = 1;

    /** Parts a key's target from its sink; a sink's name has no such character. */
    private static final char SEPARATOR = '\n';

    private final ByteWriter out = new ByteWriter();
    private final ByteReader in = new ByteReader();

    /** What a change is on its way. */
    public byte[] change(TargetChange change) {
        out.reset().putByte(VERSION);
        id(change.id());
        out.putByte(change.tagged() ? 1 : 0);
        out.putText(change.reason());
        origin(change.origin());
        out.putVarint(change.rows());
        return out.toByteArray();
    }

    /** The change that bytes stand for. */
    public TargetChange change(byte[] bytes) {
        begin(bytes);
        return new TargetChange(id(), in.readByte() == 1, in.readText(), origin(), in.readVarint());
    }

    /** The key under which what is pending of a target is stored. */
    public static byte[] key(TargetId id) {
        return (id.sink() + SEPARATOR + id.key()).getBytes(StandardCharsets.UTF_8);
    }

    /** What is pending, as it is stored. */
    public byte[] pending(PendingTarget pending) {
        out.reset().putByte(VERSION);
        id(pending.id());
        out.putByte(pending.tagged() ? 1 : 0);
        out.putText(pending.reason());
        out.putVarint(pending.changes());
        origin(pending.newest());
        out.putZigzag(pending.firstCommittedAtMicros());
        out.putZigzag(pending.lastCommittedAtMicros());
        return out.toByteArray();
    }

    /** What is pending that bytes stand for. */
    public PendingTarget pending(byte[] bytes) {
        begin(bytes);
        return new PendingTarget(
                id(), in.readByte() == 1, in.readText(), in.readVarint(), origin(), in.readZigzag(), in.readZigzag());
    }

    private void begin(byte[] bytes) {
        int version = in.reset(bytes).readByte();
        if (version != VERSION) {
            throw new IllegalStateException("a target was written in form " + version + ", which is not known");
        }
    }

    private void id(TargetId id) {
        out.putText(id.sink());
        out.putByte(id.kind() == TargetKind.TAG ? 1 : 0);
        out.putText(id.target());
    }

    private TargetId id() {
        return new TargetId(in.readText(), in.readByte() == 1 ? TargetKind.TAG : TargetKind.URL, in.readText());
    }

    private void origin(Origin origin) {
        out.putText(origin.shard());
        out.putZigzag(origin.position());
        out.putZigzag(origin.committedAtMicros());
    }

    private Origin origin() {
        return new Origin(in.readText(), in.readZigzag(), in.readZigzag());
    }
}
