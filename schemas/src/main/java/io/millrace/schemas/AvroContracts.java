package io.millrace.schemas;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;

/** The Avro contracts that lie beside this class as {@code .avsc} files. */
final class AvroContracts {
    private AvroContracts() {}

    static Schema read(String file) {
        try (InputStream in = AvroContracts.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not among the resources");
            }
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text of Avro's, or null. */
    static String text(Object value) {
        return value == null ? null : value.toString();
    }
}
