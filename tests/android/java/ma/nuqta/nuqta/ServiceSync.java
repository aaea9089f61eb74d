package ma.nuqta.nuqta;

import android.content.Context;
import android.content.Intent;

/** As `templates/Service.tmpl.java` of python-for-android 2026.05.09 (MIT) renders it. */
public class ServiceSync extends ExchangeService {
    @Override
    protected int getServiceId() {
        return 1;
    }

    public static void start(Context ctx, String pythonServiceArgument) {
        start(ctx, "", "Nuqta", "Sync", pythonServiceArgument);
    }

    public static void start(Context ctx, String smallIconName, String contentTitle,
            String contentText, String pythonServiceArgument) {
        ctx.startService(getDefaultIntent(
                ctx, smallIconName, contentTitle, contentText, pythonServiceArgument));
    }

    public static Intent getDefaultIntent(Context ctx, String smallIconName, String contentTitle,
            String contentText, String pythonServiceArgument) {
        Intent intent = new Intent(ctx, ServiceSync.class);
        intent.putExtra("serviceStartAsForeground", "true");
        intent.putExtra("pythonServiceArgument", pythonServiceArgument);
        intent.putExtra("contentTitle", contentTitle);
        intent.putExtra("contentText", contentText);
        return intent;
    }

    public static void stop(Context ctx) {
        ctx.stopService(new Intent(ctx, ServiceSync.class));
    }
}
