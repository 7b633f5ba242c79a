package io.millrace.runtime.topic;

/** Avro's names of columns: what Avro does not allow in a name becomes an underscore, as Debezium's adjustment does it. */
public final class AvroNames {
    private AvroNames() {}

    /** The name of a column's field. */
    public static String of(String column) {
        StringBuilder name = new StringBuilder(column);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            boolean digit = c >= '0' && c <= '9';
            if (!letter && !(digit && i > 0)) {
                name.setCharAt(i, '_');
            }
        }
        return name.isEmpty() ? "_" : name.toString();
    }
}
