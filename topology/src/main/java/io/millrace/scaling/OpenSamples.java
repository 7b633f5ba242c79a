package io.millrace.scaling;

import io.millrace.scaling.ServiceState.SampleKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The samples that are not sealed yet, in a store, each by itself. */
final class OpenSamples {
    private static final ByteArraySerializer PREFIX = new ByteArraySerializer();

    private final KeyValueStore<Bytes, byte[]> store;

    OpenSamples(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** What keeps those of a service. */
    ServiceState.Journal of(String service) {
        return new ServiceState.Journal() {
            @Override
            public void opened(SampleKey key, double value) {
                store.put(
                        key(service, key),
                        ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
            }

            @Override
            public void closed(SampleKey key) {
                store.delete(key(service, key));
            }
        };
    }

    /** Gives a state the samples that were kept of its service. */
    void restore(String service, ServiceState state) {
        try (KeyValueIterator<Bytes, byte[]> stored = store.prefixScan(prefix(service), PREFIX)) {
            while (stored.hasNext()) {
                KeyValue<Bytes, byte[]> each = stored.next();
                DataInputStream in = new DataInputStream(new ByteArrayInputStream(each.key.get()));
                in.readUTF();
                SampleKey key = new SampleKey(in.readLong(), in.readUTF(), in.readUTF());
                state.restore(key, ByteBuffer.wrap(each.value).getDouble());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Bytes key(String service, SampleKey sample) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(service);
            out.writeLong(sample.timeMs());
            out.writeUTF(sample.name());
            out.writeUTF(sample.instance());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Bytes.wrap(bytes.toByteArray());
    }

    /** The name's length is before it, so that no service's name is the beginning of another's. */
    private static byte[] prefix(String service) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(service);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
