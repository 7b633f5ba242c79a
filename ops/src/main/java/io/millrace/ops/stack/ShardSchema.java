package io.millrace.ops.stack;

import io.millrace.grammar.CreateTableStatement;
import io.millrace.grammar.Script;

/** What of tables.sql the databases themselves are given: all but the event tables, which are topics. */
public final class ShardSchema {
    private ShardSchema() {}

    /** The file's text with the statements of event tables blanked out. */
    public static String ofDatabases(String tablesSql) {
        StringBuilder sql = new StringBuilder(tablesSql);
        for (Script.Parsed parsed : Script.read(tablesSql).parsed()) {
            if (parsed.statement() instanceof CreateTableStatement table
                    && table.options().stream()
                            .anyMatch(option -> option.name().getSimple().equals("format"))) {
                int end = parsed.offset() + parsed.text().length();
                for (int i = parsed.offset(); i < end; i++) {
                    if (sql.charAt(i) != '\n') {
                        sql.setCharAt(i, ' ');
                    }
                }
            }
        }
        return sql.toString();
    }
}
