package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.connect.errors.ConnectException;

/** A server that is asked by HTTP. What fails on the way to it may pass. Thread-safe. */
public final class Server {
    private static final int ANSWER_BYTES = 1_000;

    private final String name;
    private final HttpClient client;
    private final Duration timeout;
    private final Duration longestPause;
    private final int answerBytes;

    /** A server of whose answers the first 1,000 bytes are read. */
    Server(URI url, HttpClient client, Duration timeout, Duration longestPause) {
        this(url, client, timeout, longestPause, ANSWER_BYTES);
    }

    /**
     * A server.
     *
     * @param url any address of it
     * @param timeout how long it may take to answer
     * @param longestPause the longest that it may ask for by Retry-After
     * @param answerBytes how many bytes of an answer are read
     */
    public Server(URI url, HttpClient client, Duration timeout, Duration longestPause, int answerBytes) {
        // The rest of the address may be secret.
        this.name = url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        this.client = client;
        this.timeout = timeout;
        this.longestPause = longestPause;
        this.answerBytes = answerBytes;
    }

    /** A client of a server, which follows no redirects. */
    public static HttpClient client(URI url, Duration connectTimeout) {
        return HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout)
                .version("https".equals(url.getScheme()) ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** What messages call it. */
    public String name() {
        return name;
    }

    /** Makes a request and waits for its answer, for as long as the request says where that is less than the server may take. */
    public Answer ask(HttpRequest request) throws DeliveryFailure {
        Duration limit =
                request.timeout().filter(own -> own.compareTo(timeout) < 0).orElse(timeout);
        return await(client.sendAsync(request, ignored -> new AnswerText(answerBytes)), limit);
    }

    private Answer await(CompletableFuture<HttpResponse<AnswerText.Content>> answer, Duration limit)
            throws DeliveryFailure {
        try {
            // The client's own limit ends with the headers of the answer.
            HttpResponse<AnswerText.Content> response = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            AnswerText.Content content = response.body();
            return new Answer(
                    name, response.statusCode(), response.headers(), content.text(), content.checksum(), longestPause);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw noAnswer(e, limit);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HttpTimeoutException late && !(late instanceof HttpConnectTimeoutException)) {
                // The client's own limit, which is the same, was noticed first.
                throw noAnswer(late, limit);
            }
            if (e.getCause() instanceof IOException failure) {
                String what = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
                throw new DeliveryFailure(FailureKind.TRANSIENT, name + " cannot be reached: " + what, failure);
            }
            throw new ConnectException("the request to " + name + " could not be made", e.getCause());
        }
    }

    private RefusedForNow noAnswer(Exception timeoutPassed, Duration limit) {
        return new RefusedForNow(
                name + " does not answer within " + limit.toMillis() + " ms", timeoutPassed, Duration.ZERO);
    }
}
