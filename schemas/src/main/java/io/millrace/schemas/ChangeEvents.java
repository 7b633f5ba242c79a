package io.millrace.schemas;

import java.nio.charset.StandardCharsets;

/** Names and marks in the change events of tables, as the connectors' configuration makes Debezium write them. */
public final class ChangeEvents {
    /** The last field of every table's key: the name of the shard that the row lies on. */
    public static final String SHARD_FIELD = "__shard";

    /** What stands in place of a large value that an update left unchanged and the log therefore lacks (TOAST). */
    public static final String UNCHANGED = "__debezium_unavailable_value";

    /**
     * The header that tells changes of a table without a primary key apart that have one position in the log, as rows of one
     * COPY have: a number that grows in their order. Without it, it is 0.
     */
    public static final String ORDINAL_HEADER = "__ordinal";

    private static final byte[] UNCHANGED_BYTES = UNCHANGED.getBytes(StandardCharsets.UTF_8);

    private ChangeEvents() {}

    /** The form of {@link #UNCHANGED} in a {@code bytea} column. A fresh copy. */
    public static byte[] unchangedBytes() {
        return UNCHANGED_BYTES.clone();
    }

    /**
     * The field that holds a column: its name where Avro allows it, else with {@code _} in place of every character that
     * Avro does not allow, and {@code _} before a leading digit.
     */
    public static String fieldName(String column) {
        StringBuilder name = null;
        for (int i = 0; i < column.length(); i++) {
            char c = column.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            boolean digit = c >= '0' && c <= '9';
            if (name == null && (!letter && !(digit && i > 0))) {
                name = new StringBuilder(column.length() + 1).append(column, 0, i);
            }
            if (name != null) {
                if (i == 0 && digit) {
                    name.append('_');
                }
                name.append(letter || digit ? c : '_');
            }
        }
        return name == null ? column : name.toString();
    }
}
