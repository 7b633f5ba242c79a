package io.millrace.ops.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;

/** What a new schema of a subject owes to the earlier ones. */
enum CompatibilityLevel {
    NONE(false, false, false),
    BACKWARD(true, false, false),
    BACKWARD_TRANSITIVE(true, false, true),
    FORWARD(false, true, false),
    FORWARD_TRANSITIVE(false, true, true),
    FULL(true, true, false),
    FULL_TRANSITIVE(true, true, true);

    private final boolean readsOld;
    private final boolean readByOld;
    private final boolean transitive;

    CompatibilityLevel(boolean readsOld, boolean readByOld, boolean transitive) {
        this.readsOld = readsOld;
        this.readByOld = readByOld;
        this.transitive = transitive;
    }

    static CompatibilityLevel parse(String name) {
        for (CompatibilityLevel level : values()) {
            if (level.name().equals(name.toUpperCase(Locale.ROOT))) {
                return level;
            }
        }
        throw RegistryError.invalidLevel(name);
    }

    /**
     * Why a schema may not follow these.
     *
     * @param earlier oldest first
     * @return empty where it may
     */
    List<String> objections(Schema schema, List<Schema> earlier) {
        List<String> objections = new ArrayList<>();
        int oldest = transitive ? 0 : Math.max(0, earlier.size() - 1);
        for (Schema old : earlier.subList(oldest, earlier.size())) {
            if (readsOld) {
                check("the new schema cannot read data of an old one", schema, old, objections);
            }
            if (readByOld) {
                check("an old schema cannot read data of the new one", old, schema, objections);
            }
        }
        return objections;
    }

    private static void check(String what, Schema reader, Schema writer, List<String> objections) {
        SchemaCompatibility.SchemaCompatibilityResult result = SchemaCompatibility.checkReaderWriterCompatibility(
                        reader, writer)
                .getResult();
        if (result.getCompatibility() == SchemaCompatibilityType.INCOMPATIBLE) {
            objections.add(what + ": "
                    + result.getIncompatibilities().stream()
                            .map(each -> each.getType() + " at " + each.getLocation() + " (" + each.getMessage() + ")")
                            .collect(Collectors.joining("; ")));
        }
    }
}
