package io.millrace.sink.compare;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Rows whose values are compared in a form of their own, and are given as people are to be shown them. */
public record ShownRows(ComparedRows rows, List<MySqlForm> forms) implements ComparedRows {
    public ShownRows {
        forms = List.copyOf(forms);
    }

    @Override
    public Map<String, Checksum> checksums(int digits, Collection<String> ranges) throws SQLException {
        return rows.checksums(digits, ranges);
    }

    @Override
    public List<ComparedRow> rows(Collection<String> ranges) throws SQLException {
        return rows.rows(ranges).stream().map(this::shown).toList();
    }

    private ComparedRow shown(ComparedRow row) {
        String[] values = new String[forms.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = forms.get(i).shown(row.values().get(i));
        }
        return ComparedRow.of(row.keyDigest(), values);
    }
}
