package io.millrace.connectors.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/** The beginning of an answer's body; the rest is read and dropped, so that the connection can be used again. */
final class AnswerText implements BodySubscriber<String> {
    private final int maxBytes;
    private final CompletableFuture<String> text = new CompletableFuture<>();
    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();

    AnswerText(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public CompletionStage<String> getBody() {
        return text;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            int taken = Math.min(part.remaining(), maxBytes - beginning.size());
            byte[] bytes = new byte[taken];
            part.get(bytes);
            beginning.write(bytes, 0, taken);
        }
    }

    @Override
    public void onError(Throwable failure) {
        text.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        text.complete(beginning.toString(StandardCharsets.UTF_8));
    }
}
