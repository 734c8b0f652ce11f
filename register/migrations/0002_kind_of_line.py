from django.db import migrations, models


def say_which_lines_are_returns(apps, schema_editor):
    apps.get_model('register', 'SaleLine').objects.filter(is_return=True).update(kind='return')


def mark_returns(apps, schema_editor):
    apps.get_model('register', 'SaleLine').objects.filter(kind='return').update(is_return=True)


class Migration(migrations.Migration):

    dependencies = [
        ('register', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='saleline',
            name='kind',
            field=models.CharField(choices=[('sale', 'Sale'), ('return', 'Return')], default='sale', max_length=10),
        ),
        migrations.RunPython(say_which_lines_are_returns, mark_returns),
        migrations.RemoveField(
            model_name='saleline',
            name='is_return',
        ),
        migrations.AddConstraint(
            model_name='saleline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['sale', 'return'])), name='sale_line_kind_known'),
        ),
    ]
