package io.millrace.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.runtime.NotReady;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/**
 * Asks the other instances for what they hold. A request between instances says in {@value #PARTITIONS} what it is about:
 * who gets it answers from those of its own partitions or not at all, so that no request goes round in circles and no row
 * comes from two instances while partitions move.
 */
final class Peers {
    /** The header of requests between instances: partitions' numbers, separated by commas. */
    static final String PARTITIONS = "Millrace-Partitions";

    /** The header of requests between instances that says of which version of a view they are. */
    static final String VERSION = "Millrace-Version";

    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** What requests between instances say that are about no partitions. */
    static final String OWN = "own";

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_PATIENCE)
            .build();
    private final ObjectMapper json = new ObjectMapper();

    /** The answer of a key's holder, as it is. */
    CompletableFuture<Answer> lookUp(String owner, ViewPath path, int version, String ifNoneMatch, int partition) {
        HttpRequest.Builder request = request(owner, path.encoded())
                .header(PARTITIONS, Integer.toString(partition))
                .header(VERSION, Integer.toString(version));
        if (ifNoneMatch != null) {
            request.header("If-None-Match", ifNoneMatch);
        }
        return send(owner, request)
                .thenApply(response -> new Answer(
                        response.statusCode(),
                        response.headers().firstValue("Content-Type").orElse(null),
                        response.headers().firstValue("ETag").orElse(null),
                        response.body(),
                        new Caching(
                                response.headers().firstValue("Cache-Control").orElse(Caching.ASK.control()),
                                response.headers()
                                        .firstValue(Answer.SURROGATE_KEY)
                                        .orElse(""),
                                (int) response.headers()
                                        .firstValueAsLong(Answer.KEEP)
                                        .orElse(0)),
                        response.headers().firstValue(Answer.POSITION).orElse(null)));
    }

    /** The first rows, one more than the limit, that another instance holds in some partitions. */
    CompletableFuture<List<PageRow>> rows(
            String owner,
            ViewPath path,
            int version,
            RowParameters parameters,
            int limit,
            String cursor,
            Set<Integer> partitions) {
        HttpRequest.Builder request = request(owner, path.encoded() + parameters.encoded(limit, cursor))
                .header(PARTITIONS, write(partitions))
                .header(VERSION, Integer.toString(version));
        return send(owner, request).thenApply(response -> {
            try {
                if (response.statusCode() != 200) {
                    throw NotReady.moving(detail(response));
                }
                return PageRow.decode(response.body());
            } catch (NotReady e) {
                throw new CompletionException(e);
            }
        });
    }

    /** What another instance says of the views as it holds them. */
    CompletableFuture<JsonNode> views(String owner) {
        return send(owner, request(owner, "/v1/views").header(PARTITIONS, OWN)).thenApply(response -> {
            try {
                return json.readTree(response.body());
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    private static HttpRequest.Builder request(String owner, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + owner + path)).timeout(PATIENCE);
    }

    private CompletableFuture<HttpResponse<byte[]>> send(String owner, HttpRequest.Builder request) {
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray())
                .exceptionally(failure -> {
                    throw new CompletionException(NotReady.moving(
                            "the instance at " + owner + ", which has it, does not answer: " + root(failure)));
                });
    }

    private static Throwable root(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private String detail(HttpResponse<byte[]> response) {
        try {
            return json.readTree(new String(response.body(), StandardCharsets.UTF_8))
                    .path("detail")
                    .asText();
        } catch (IOException e) {
            return response.uri() + " answered " + response.statusCode();
        }
    }

    private static String write(Set<Integer> partitions) {
        return partitions.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** The partitions that another instance asks for. @throws NumberFormatException if it is not another instance */
    static Set<Integer> read(String header) {
        Set<Integer> partitions = new TreeSet<>();
        for (String each : header.split(",", -1)) {
            partitions.add(Integer.valueOf(each.strip()));
        }
        return partitions;
    }
}
