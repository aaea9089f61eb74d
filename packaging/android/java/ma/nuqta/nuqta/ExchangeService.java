package ma.nuqta.nuqta;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.Intent;
import android.os.Build;
import android.os.Bundle;
import android.util.Log;
import org.kivy.android.PythonService;

/** The exchange beside the window. Whatever it is refused, it ends; what it had waits in the store. */
public class ExchangeService extends PythonService {
    private static final String CHANNEL = "exchange";

    /** As python-for-android's, with the caller's words for the channel's name, and no crash. */
    @Override
    protected void doStartForeground(Bundle extras) {
        Notification.Builder builder;
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.O) {
            NotificationChannel channel =
                    new NotificationChannel(
                            CHANNEL,
                            extras.getString("contentTitle"),
                            NotificationManager.IMPORTANCE_LOW);
            channel.setShowBadge(false);
            NotificationManager manager =
                    (NotificationManager) getSystemService(NOTIFICATION_SERVICE);
            manager.createNotificationChannel(channel);
            builder = new Notification.Builder(this, CHANNEL);
        } else {
            builder = new Notification.Builder(this);
        }
        builder.setContentTitle(extras.getString("contentTitle"));
        builder.setContentText(extras.getString("contentText"));
        builder.setSmallIcon(getApplicationInfo().icon);
        builder.setContentIntent(
                PendingIntent.getActivity(
                        this,
                        0,
                        new Intent(this, TabletActivity.class),
                        PendingIntent.FLAG_IMMUTABLE | PendingIntent.FLAG_UPDATE_CURRENT));
        try {
            startForeground(getServiceId(), builder.build());
        } catch (IllegalStateException | SecurityException refused) {
            // From Android 12 on, where the window has gone in the meantime.
            Log.w("nuqta", "service: not in the foreground: " + refused);
            stopSelf();
        }
    }

    /** The time of this kind of service is over; one that does not end is killed as at fault. */
    public void onTimeout(int startId) {
        stopSelf();
    }

    /** The same from target 35 on: six hours in twenty-four. */
    public void onTimeout(int startId, int type) {
        stopSelf();
    }
}
