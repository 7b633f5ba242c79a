package io.millrace.ops.serve;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** What instances tell others by which the brokers know them, so that these take over when one is killed. */
public final class Presences {
    private static final String LINE = "has ";

    private Presences() {}

    /** The line that an instance tells to who asks. */
    public static String of(String url) throws IOException {
        HttpURLConnection asked =
                (HttpURLConnection) URI.create(url + "/v1/instance").toURL().openConnection();
        asked.setRequestProperty("Millrace-Partitions", "own");
        asked.setRequestProperty("Millrace-Instance", "test");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(asked.getInputStream(), StandardCharsets.UTF_8))) {
            String line = lines.readLine();
            while (line != null && !line.startsWith(LINE)) {
                line = lines.readLine();
            }
            return String.valueOf(line);
        } finally {
            asked.disconnect();
        }
    }
}
