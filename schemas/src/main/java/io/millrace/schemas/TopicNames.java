package io.millrace.schemas;

/** The names of topics that several programs must agree on. */
public final class TopicNames {
    /** What the name of a dead-letter topic adds to that of the topic it belongs to. */
    public static final String DEAD_LETTER_SUFFIX = ".dlq";

    /** What the name of the record of replayed and discarded dead letters adds to that of their topic. */
    public static final String AUDIT_SUFFIX = ".audit";

    /** What the name of the topic by which a sink's dead letters are delivered again adds to that of their topic. */
    public static final String REPLAY_SUFFIX = ".replay";

    private TopicNames() {}

    /**
     * The topic with the change events of a logical table: {@code <database>.<table>}, or
     * {@code <database>.<schema>.<table>} outside the schema {@code public}. What Kafka does not allow in a name becomes
     * {@code _}.
     */
    public static String ofTable(String database, String schema, String table) {
        return legal(schema.equals("public") ? database + "." + table : database + "." + schema + "." + table);
    }

    /** The topic with the changes of a pipeline's view. */
    public static String ofView(String pipeline, String view) {
        return pipeline + "." + view;
    }

    /** The dead-letter topic of a topic. */
    public static String ofDeadLetters(String topic) {
        return topic + DEAD_LETTER_SUFFIX;
    }

    /** The topic that records which dead letters of a dead-letter topic were replayed or discarded. */
    public static String ofAudit(String deadLetters) {
        return deadLetters + AUDIT_SUFFIX;
    }

    /** The topic by which a sink's dead letters are delivered to it again. */
    public static String ofReplays(String deadLetters) {
        return deadLetters + REPLAY_SUFFIX;
    }

    private static String legal(String name) {
        StringBuilder legal = new StringBuilder(name);
        for (int i = 0; i < legal.length(); i++) {
            char c = legal.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '.'
                    || c == '_'
                    || c == '-';
            if (!allowed) {
                legal.setCharAt(i, '_');
            }
        }
        return legal.toString();
    }
}
