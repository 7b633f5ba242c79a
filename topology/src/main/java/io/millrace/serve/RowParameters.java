package io.millrace.serve;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.util.Fields;

/**
 * The parameters of a request for rows that say which rows are meant, beside the path. Immutable.
 *
 * @param by an index's name or its first columns, separated by commas; null for the view's key
 * @param from the least value of the column after those of the path; null for no bound
 * @param to what that column's value is less than; null for no bound
 */
public record RowParameters(String by, String from, String to) {
    /** Rows by the view's key, without bounds. */
    public static final RowParameters NONE = new RowParameters(null, null, null);

    static RowParameters of(Fields query) {
        return new RowParameters(query.getValue("by"), query.getValue("from"), query.getValue("to"));
    }

    /** The request's whole query, with its question mark. */
    public String encoded(int limit, String cursor) {
        StringBuilder query = new StringBuilder("?limit=").append(limit);
        append(query, "cursor", cursor);
        append(query, "by", by);
        append(query, "from", from);
        append(query, "to", to);
        return query.toString();
    }

    private static void append(StringBuilder query, String name, String value) {
        if (value != null) {
            query.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }
}
