package io.millrace.scaling.execute;

import io.millrace.alert.SignedHook;
import io.millrace.scaling.Decision;
import io.millrace.scaling.DecisionJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;

/** Posts decisions to a server, as the topic has them. The id is the idempotency key: one that was sent twice is the same. */
final class WebhookExecutor implements Executor {
    static final String NAME = "webhook";

    private final SignedHook hook;

    WebhookExecutor(SignedHook hook) {
        this.hook = hook;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public OptionalInt ordered(String service) {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt working(String service) {
        return OptionalInt.empty();
    }

    @Override
    public void carryOut(Decision decision) throws ExecutionFailure, InterruptedException {
        String body = new String(DecisionJson.write(decision), StandardCharsets.UTF_8);
        Optional<SignedHook.Refusal> refusal = hook.send(body, decision.id());
        if (refusal.isPresent()) {
            String message = refusal.get().message();
            throw refusal.get().mayPass()
                    ? ExecutionFailure.passing(message, null)
                    : ExecutionFailure.lasting(message, null);
        }
    }

    @Override
    public void tend(String service) {}

    @Override
    public void close() {}
}
