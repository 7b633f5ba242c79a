package io.millrace.connectors;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.kafka.common.config.ConfigDef;

/** The table of a connector's properties on its page. */
public final class PropertyTable {
    private static final String END = "<!-- End. -->";

    private PropertyTable() {}

    /** Checks that a page has it between its marks, or writes it there with -Dmillrace.rewrite=true. */
    public static void check(Path page, String begin, ConfigDef definition) throws IOException {
        new GeneratedTable(page, begin, END).assertIs(table(definition));
    }

    private static String table(ConfigDef definition) {
        StringBuilder table = new StringBuilder("\n| property | default | meaning |\n|---|---|---|\n");
        for (ConfigDef.ConfigKey key : definition.configKeys().values()) {
            String standard = !key.hasDefault()
                    ? "required"
                    : key.type == ConfigDef.Type.PASSWORD || key.defaultValue.equals("")
                            ? ""
                            : "`" + key.defaultValue + "`";
            table.append("| `").append(key.name).append("` | ").append(standard).append(" | ");
            table.append(key.documentation).append(" |\n");
        }
        return table.append('\n').toString();
    }
}
